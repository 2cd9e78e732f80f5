/** One source resource behind a fact, and where it belongs; what Provenance and the trace are rendered from. */
export interface FactMember {
  /** Source resource id, `<source>.<local id>`. */
  readonly source: string;
  readonly dossier: string;
  readonly identity: string;
  readonly sender: string;
  /** Event date of the dossier. */
  readonly date?: string;
  /** Index into `contents` for facts with members from several visits. */
  readonly content?: number;
}

/** What a fact's row keeps beside the resource. */
export interface FactMemo {
  readonly level: 'visit' | 'person';
  readonly key: string;
  /** Sorted by source id. */
  readonly members: readonly FactMember[];
  /** Distinct contents of the members, canonical JSON; person-level facts only. */
  readonly contents?: readonly string[];
}

export const memoText = (memo: FactMemo): string => JSON.stringify(memo);

export const memoOf = (text: string | undefined): FactMemo | undefined =>
  text === undefined ? undefined : (JSON.parse(text) as FactMemo);
