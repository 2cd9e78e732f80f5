/**
 * Words that are not a name (merging.md §1.1.6): the start of the text, lower case with marks. `whole`: only when nothing else stands there,
 * since a person may bear it as the beginning of a name (`Võ Danh Hùng` typed without marks). `mother`: what follows is the mother's name.
 */
export const PLACEHOLDERS: readonly { readonly words: string; readonly whole?: true; readonly mother?: true }[] = [
  { words: 'cb', mother: true },
  { words: 'con bà', mother: true },
  { words: 'con của', mother: true },
  { words: 'con sản phụ', mother: true },
  { words: 'con chị', mother: true },
  { words: 'bé trai', mother: true },
  { words: 'bé gái', mother: true },
  { words: 'trẻ sơ sinh', mother: true },
  { words: 'sơ sinh', mother: true },
  { words: 'tss', mother: true },
  { words: 'bn lạ' },
  { words: 'bệnh nhân lạ' },
  { words: 'không rõ' },
  { words: 'không tên' },
  { words: 'vô danh', whole: true },
  { words: 'chưa đặt tên', mother: true },
  { words: 'chưa có tên', mother: true },
  { words: 'test' },
  { words: 'abc', whole: true },
  { words: 'aaa', whole: true },
  { words: 'xxx', whole: true },
];

/** Family names of more than one token, folded, longest first (merging.md §1.1.4). */
export const COMPOUND_FAMILIES: readonly (readonly string[])[] = [
  ['cong', 'tang', 'ton', 'nu'],
  ['cong', 'huyen', 'ton', 'nu'],
  ['huyen', 'ton', 'nu'],
  ['ton', 'that'],
  ['ton', 'nu'],
  ['au', 'duong'],
  ['nguyen', 'phuoc'],
];

/**
 * Frequent family names, folded. Two *different* names of this list are two legal names, never a typing error of one another
 * (`Võ`/`Vũ`, `Huỳnh`/`Hoàng`: merging.md §1.1.8).
 */
export const FAMILY_NAMES: ReadonlySet<string> = new Set(
  (
    'an au bach banh be bui cao chau chu chung chuong cu cung dam dang danh dao dau diep dinh do doan dong duong ' +
    'giang ha han ho hoang hong hua huynh kha khuat khuc khuong kieu kim la lai lam le lo lu luc luong luu ly ma mac mai ' +
    'nghiem ngo ngu nguyen nhan nong ong pham phan phi pho phu phung quach quan sam son ta tang thach thai than thieu tiet to ' +
    'ton tong tra tran trieu trinh truong tu ung van vi vo vu vuong xa'
  ).split(' '),
);

/** Tokens that the senders drop freely (merging.md §1.1.7). Folded. */
export const OPTIONAL_TOKENS: ReadonlySet<string> = new Set(['thi', 'van']);

/** Written short: the token, folded, and what it stands for (merging.md §1.1.7). One letter alone is an initial and needs no row. */
export const ABBREVIATIONS: Readonly<Record<string, string>> = {
  ng: 'nguyen',
  ngn: 'nguyen',
  ngyn: 'nguyen',
  th: 'thi',
  vn: 'van',
};

/**
 * First tokens of names of ethnic minorities whose spelling varies more (merging.md §1.1.5): lower case with marks, so that a Kinh name
 * (`Vũ` beside `Vừ`, `Quang` beside `Quàng`) does not fall under the wider comparison.
 */
export const MINORITY_FIRST_TOKENS: ReadonlySet<string> = new Set(
  'y h thạch danh giàng vàng sùng thào lầu vừ lò quàng cà'.split(' '),
);

/** Letters of other alphabets that look like Vietnamese ones (merging.md §1.1.1); applied to decomposed text. */
export const LOOK_ALIKES: Readonly<Record<string, string>> = {
  '\u0430': 'a',
  '\u0435': 'e',
  '\u043E': 'o',
  '\u0440': 'p',
  '\u0441': 'c',
  '\u0443': 'y',
  '\u0445': 'x',
  '\u0456': 'i',
  '\u0455': 's',
  '\u04BB': 'h',
  '\u0501': 'd',
  '\u0410': 'A',
  '\u0412': 'B',
  '\u0415': 'E',
  '\u041A': 'K',
  '\u041C': 'M',
  '\u041D': 'H',
  '\u041E': 'O',
  '\u0420': 'P',
  '\u0421': 'C',
  '\u0422': 'T',
  '\u0423': 'Y',
  '\u0425': 'X',
  '\u0406': 'I',
  '\u00D0': 'Đ',
  '\u00F0': 'đ',
  '\u0189': 'Đ',
  '\u0256': 'đ',
};
