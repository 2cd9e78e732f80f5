/** One element; text that needs it goes as CDATA, as the exporters do. */
export function element(name: string, value: string | number): string {
  const text = String(value);
  if (text === '') return `<${name}/>`;
  return `<${name}>${/[<&>]/.test(text) ? `<![CDATA[${text}]]>` : text}</${name}>`;
}

/** The elements of one row or document. */
export const elements = (fields: readonly (readonly [name: string, value: string | number])[]): string =>
  fields.map(([name, value]) => element(name, value)).join('\n');

export const XML_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n';

/** One FILEHOSO with its inner document in Base64. */
export const fileHoso = (table: string, document: string): string =>
  `<FILEHOSO><LOAIHOSO>${table}</LOAIHOSO><NOIDUNGFILE>${Buffer.from(XML_DECLARATION + document).toString('base64')}</NOIDUNGFILE></FILEHOSO>`;

/** The envelope that both kinds of file share. @param issued NGAYLAP, `yyyymmdd` */
export const envelope = (
  root: 'GIAMDINHHS' | 'KHAMSUCKHOE',
  {
    unit,
    issued,
    hosos,
    signature,
  }: { readonly unit: string; readonly issued: string; readonly hosos: readonly string[]; readonly signature: string },
): Uint8Array =>
  Buffer.from(
    `${XML_DECLARATION}<${root} xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">
<THONGTINDONVI><MACSKCB>${unit}</MACSKCB></THONGTINDONVI>
<THONGTINHOSO><NGAYLAP>${issued}</NGAYLAP><SOLUONGHOSO>${hosos.length}</SOLUONGHOSO>
<DANHSACHHOSO>
${hosos.map((hoso) => `<HOSO>${hoso}</HOSO>`).join('\n')}
</DANHSACHHOSO></THONGTINHOSO>
${signature}
</${root}>
`,
  );
