/** Weighted names, invented frequencies of usual Vietnamese names: no row is a real person. */
type Weighted = readonly (readonly [name: string, weight: number])[];
const table = (text: string): Weighted =>
  text
    .trim()
    .split(/[\s]+/)
    .map((entry) => {
      const [name = '', weight = '1'] = entry.split(':');
      return [name.replaceAll('_', ' '), Number(weight)] as const;
    });

export type Cohort = 'over40' | 'from20' | 'under20';
export type Sex = 'male' | 'female';

export const FAMILY_NAMES: Weighted = table(`
  Nguyễn:33 Trần:11 Lê:10 Phạm:6 Huỳnh:6 Võ:5 Phan:4 Trương:2.5 Hồ:2.5 Đặng:2 Bùi:2 Đỗ:1.5 Ngô:1.5 Dương:1.2 Đoàn:1 Lương:1 Mai:1
  Cao:1 Đinh:0.8 Thái:0.7 Lâm:0.7 Châu:0.6 Tạ:0.5 Hà:0.5 Trịnh:0.5 Kiều:0.3 Tô:0.3
`);

export const PLAIN_MIDDLE: Readonly<Record<Sex, string>> = { male: 'Văn', female: 'Thị' };

export const MIDDLE_NAMES: Readonly<Record<Cohort, Readonly<Record<Sex, Weighted>>>> = {
  over40: {
    male: table('Đình:4 Xuân:3 Hữu:3 Ngọc:3 Minh:2 Công:2 Đức:3 Quang:2 Thanh:3 Hoàng:1 Bá:1 Trọng:1 Tấn:2 Phước:1'),
    female: table('Thị_Kim:3 Thị_Thu:3 Thị_Ngọc:3 Thị_Thanh:2 Ngọc:2 Kim:2 Thị_Mỹ:2 Thị_Bích:2 Thị_Hồng:2'),
  },
  from20: {
    male: table('Minh:4 Quốc:3 Hoàng:4 Thanh:3 Anh:2 Đức:3 Tuấn:2 Ngọc:2 Duy:3 Trung:2 Hữu:2 Nhật:2 Gia:1 Tấn:1'),
    female: table('Thị_Thu:3 Thị_Ngọc:3 Ngọc:4 Thị_Thanh:2 Thanh:3 Thị_Mỹ:2 Phương:3 Thùy:3 Bích:1 Kim:2 Thị_Hồng:2 Mỹ:2'),
  },
  under20: {
    male: table('Gia:6 Minh:6 Hoàng:4 Nhật:4 Anh:3 Đức:3 Quốc:2 Bảo:4 Thiên:3 Tuấn:2 Đăng:2 Hải:1 Phúc:2 Khánh:2'),
    female: table('Ngọc:6 Bảo:4 Gia:4 Phương:4 Khánh:4 Minh:3 Thanh:2 Anh:2 Quỳnh:3 Như:3 Thảo:2 Tuệ:2 Hoài:1 Thiên:1'),
  },
};

export const GIVEN_NAMES: Readonly<Record<Cohort, Readonly<Record<Sex, Weighted>>>> = {
  over40: {
    male: table(`
      Hùng:4 Dũng:4 Tâm:3 Thành:3 Hải:3 Sơn:4 Bình:3 Minh:3 Long:2 Phúc:2 Lợi:2 Tài:2 Sáu:1 Bảy:1 Tám:1 Hòa:2 Đức:2 Lâm:2 Nam:2 Tiến:2
      Cường:2 Quang:2 Thắng:2 Nghĩa:2 Khánh:1 Trung:2 Tuấn:2 Xuân:1 Chín:1 Thạnh:1 Hiền:1 Phong:1 Châu:1 Lộc:1 Thuận:1 Ngọc:1
    `),
    female: table(`
      Hoa:4 Lan:5 Hương:4 Hồng:4 Mai:3 Cúc:2 Huệ:2 Thu:3 Hạnh:4 Nga:3 Liên:3 Loan:3 Phượng:2 Yến:2 Tuyết:3 Bé:2 Hai:1 Năm:1 Sen:1 Xuân:2
      Thủy:3 Thúy:2 Hòa:2 Vân:3 Dung:3 Oanh:2 Bích:1 Ngọc:2 Đào:2 Nguyệt:2 Hiền:2 Tâm:2 Phương:2 Lý:1 Mỹ:1 Thanh:2
    `),
  },
  from20: {
    male: table(`
      Tuấn:5 Dũng:3 Huy:5 Nam:3 Phong:3 Khoa:3 Hoàng:4 Đạt:3 Long:3 Hiếu:4 Thắng:3 Thịnh:3 Tú:2 Trường:2 Vũ:3 Vinh:2 Tân:2 Duy:3 Lâm:2
      Khánh:2 Toàn:2 Trí:2 Việt:2 Quân:3 Sang:2 Nhân:2 Linh:1 Hậu:2 Phát:2 Thiện:1 Tùng:2 Cường:2 Sơn:2 Đức:2 Minh:3 Anh:2
    `),
    female: table(`
      Trang:5 Linh:4 Hương:3 Thảo:5 Hằng:3 Thủy:3 Thùy:1 Ngân:3 Nhung:2 Phương:4 Trâm:3 Yến:3 Vy:3 Hà:2 Duyên:3 Loan:2 Diễm:2 My:2 Hiền:3
      Quyên:2 Uyên:2 Oanh:2 Nhi:3 Thu:2 Tuyền:2 Giang:2 Dung:2 Hạnh:2 Ngọc:3 Tiên:2 Trinh:3 Vân:2 Anh:3 Mai:2
    `),
  },
  under20: {
    male: table(`
      Khang:5 Bảo:5 Khôi:4 Huy:4 Phúc:5 Minh:4 Nam:3 Long:3 Phát:3 Nguyên:3 Khoa:4 An:3 Quân:4 Anh:2 Hưng:3 Đạt:2 Thịnh:2 Kiệt:3 Lâm:2
      Tú:1 Tâm:1 Trí:2 Phong:3 Vinh:2 Hiếu:2 Duy:2 Khánh:1 Nhân:2 Thiên:2 Đăng:2
    `),
    female: table(`
      Anh:5 Ngọc:3 Vy:4 Hân:5 Nhi:4 Trâm:3 My:4 Châu:3 Ngân:4 Thư:4 Hà:2 Linh:3 Uyên:2 Phương:3 Thảo:2 Trúc:2 Quỳnh:2 Mai:3 Như:3 Tiên:2
      Chi:3 Yến:2 An:2 Đan:1 Kim:1 Tú:1 Vân:1 Khánh:1 Trang:2 Giang:1 Nguyên:1
    `),
  },
};

/** Given names that differ by one mark. */
export const MARK_PAIRS: readonly (readonly [string, string])[] = [
  ['Tú', 'Tự'],
  ['Thủy', 'Thùy'],
  ['Hòa', 'Hoa'],
  ['Dũng', 'Dung'],
  ['Hạnh', 'Hanh'],
  ['Loan', 'Loán'],
];

/** Ra-glai and Ê Đê families of the mountains: MA_DANTOC, the name before the clan or behind it. */
export const MINORITY_FAMILIES: readonly {
  readonly ethnicity: string;
  readonly family: string;
  readonly familyLast: boolean;
}[] = [
  { ethnicity: '21', family: 'Cao', familyLast: false },
  { ethnicity: '21', family: 'Mấu', familyLast: false },
  { ethnicity: '21', family: 'Bo Bo', familyLast: false },
  { ethnicity: '21', family: 'Pi Năng', familyLast: false },
  { ethnicity: '12', family: 'Niê', familyLast: true },
  { ethnicity: '12', family: 'Êban', familyLast: true },
];
export const MINORITY_GIVEN: Readonly<Record<Sex, readonly string[]>> = {
  male: ['Xuân', 'Điệp', 'Thanh', 'Hùng', 'Lâm', 'Moan', 'Bhiu'],
  female: ['Thị Hạnh', 'Thị Liên', 'Thị Thúy', 'Thị Lan', 'Hen', 'Lina'],
};
