import { isPlainNumber } from './values.js';

/** The keys of `CSST<…>`: pulse, temperature, blood pressure, breathing, SpO2, nursing level. bhyt-xml.md §5. */
export type VitalSignKey = 'M' | 'T' | 'HA' | 'NT' | 'SP' | 'HL';

/** One block. Numbers are JSON numbers as text, so that their digits stay; a sign that is absent was not measured or not readable. */
export interface VitalSigns {
  readonly pulse?: string;
  readonly temperature?: string;
  readonly systolic?: string;
  readonly diastolic?: string;
  readonly breathing?: string;
  readonly oxygen?: string;
  readonly nursingLevel?: string;
}

/** What a text holds. `rest` is the text without the blocks that were understood whole. */
export interface VitalSignText {
  readonly blocks: readonly VitalSigns[];
  /** The text of each block, as sent. */
  readonly sent: readonly string[];
  readonly rest: string;
  /** A part of a block that is no sign, or whose number is out of bounds: shown in `rest`, not coded. */
  readonly unread: boolean;
  readonly decimalComma: boolean;
}

/** Bounds of what a living person can have, inclusive; outside = typing error, not coded. */
export const VITAL_SIGN_BOUNDS: Readonly<
  Record<'pulse' | 'temperature' | 'pressure' | 'breathing' | 'oxygen', readonly [number, number]>
> = {
  pulse: [20, 300],
  temperature: [25, 45],
  pressure: [20, 320],
  breathing: [4, 120],
  oxygen: [30, 100],
};

/** Blocks read of one text: a row is one point in time, so more than a few are no measurements. */
export const MAX_BLOCKS_PER_TEXT = 8;

const BLOCK = /CSST\s*(?:<|&lt;)([^<>&]*)(?:>|&gt;)/gi;

/**
 * Reads every `CSST<M75_T37_HA120/70_NT18_SP98_HL2>` of a text. Keys in any order, each may be absent; blanks and lower case are
 * tolerated, also entities that were escaped twice. A decimal comma is read as a point here: the field is free text and no value reaches
 * a thousand, so it cannot mean anything else; it is reported.
 */
export function readVitalSigns(text: string): VitalSignText {
  const blocks: VitalSigns[] = [];
  const sent: string[] = [];
  let unread = false;
  let decimalComma = false;
  const rest = text.replace(BLOCK, (whole: string, content: string) => {
    if (blocks.length >= MAX_BLOCKS_PER_TEXT) {
      unread = true;
      return whole;
    }
    const block = readBlock(content);
    if (Object.keys(block.signs).length > 0) {
      blocks.push(block.signs);
      sent.push(whole);
    }
    decimalComma ||= block.decimalComma;
    if (!block.unread) return '';
    unread = true;
    return whole.replace('&lt;', '<').replace('&gt;', '>');
  });
  return { blocks, sent, rest: rest.trim(), unread, decimalComma };
}

function readBlock(content: string): { signs: VitalSigns; unread: boolean; decimalComma: boolean } {
  const signs: Record<string, string> = {};
  let unread = false;
  let decimalComma = false;
  const number = (text: string, bounds: readonly [number, number]): string | undefined => {
    const value = text.replace(',', '.');
    if (!isPlainNumber(value) || Number(value) < bounds[0] || Number(value) > bounds[1]) return undefined;
    decimalComma ||= value !== text;
    return value;
  };
  for (const part of content.split('_')) {
    const compact = part.replace(/\s+/g, '').toUpperCase();
    if (compact === '') continue;
    const [, key = '', value = ''] = /^(HA|NT|SP|HL|M|T):?(.*)$/.exec(compact) ?? [];
    if (value === '' && key !== '') continue; // a key without a value: not measured
    const read = readSign(key, value, number);
    if (read === undefined || Object.keys(read).some((name) => name in signs)) unread = true;
    else Object.assign(signs, read);
  }
  return { signs, unread, decimalComma };
}

type NumberReader = (text: string, bounds: readonly [number, number]) => string | undefined;

function readSign(key: string, value: string, number: NumberReader): VitalSigns | undefined {
  if (key === 'HL') return /^[0-9I]{1,3}$/.test(value) ? { nursingLevel: value } : undefined;
  if (key === 'HA') {
    const [high, low, extra] = value.split('/');
    const systolic = number(high ?? '', VITAL_SIGN_BOUNDS.pressure);
    const diastolic = number(low ?? '', VITAL_SIGN_BOUNDS.pressure);
    if (systolic === undefined || diastolic === undefined || extra !== undefined) return undefined;
    return Number(systolic) > Number(diastolic) ? { systolic, diastolic } : undefined;
  }
  const single = (name: 'pulse' | 'temperature' | 'breathing' | 'oxygen', text = value): VitalSigns | undefined => {
    const read = number(text, VITAL_SIGN_BOUNDS[name]);
    return read === undefined ? undefined : { [name]: read };
  };
  if (key === 'M') return single('pulse');
  if (key === 'T') return single('temperature');
  if (key === 'NT') return single('breathing');
  return key === 'SP' ? single('oxygen', value.replace(/%$/, '')) : undefined;
}
