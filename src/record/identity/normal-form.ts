import { createHash } from 'node:crypto';
import type { IdentityInput } from '../../intake/parsed-visit.js';
import { readBirthDate } from './dates.js';
import { readIdentifiers, readPersonalNumber, trustOf } from './identifiers.js';
import type { NormalIdentity } from './identity.js';
import { foldText, readName } from './names.js';
import { readPhone } from './phones.js';

/** Namespace of identity record ids. Never change it: every id, link and decision hangs on it. */
const IDENTITY_NAMESPACE = Buffer.from('6f1c1a526f0e5d0b9a533a6d0a3f6c11', 'hex');

/** More children of one birth than this is a typing error. */
export const BIRTH_ORDER_MAX = 9;

/** Fields may be null or of another type where a sender's data is read unchecked (interfaces.md §4). */
const text = (value: unknown): string | undefined => {
  if (typeof value !== 'string') return undefined;
  const trimmed = value.trim();
  return trimmed === '' ? undefined : trimmed;
};

/**
 * Normal form of the demographics of one source record (merging.md §1). Pure and total: what cannot be read is absent.
 *
 * @param options.businessKey key of the visit or row. It joins the form where the source gives neither patient id nor personal number
 *   (merging.md, words), or where a placeholder stands for the name and the numbers, patient id included, may be the mother's: two namesakes,
 *   or two newborns of one mother, must not become one identity record before a veto is asked.
 */
export function normalise(input: IdentityInput, options: { readonly businessKey?: string } = {}): NormalIdentity {
  const reading = readName(text(input.name));
  const sex = input.sex === 'male' || input.sex === 'female' ? input.sex : undefined;
  const birth = readBirthDate(text(input.birthDate));
  const identifiers = readIdentifiers({
    nationalId: text(input.nationalId),
    insuranceCards: (Array.isArray(input.insuranceCards) ? input.insuranceCards : []).flatMap(
      (card: unknown) => text(card) ?? [],
    ),
    socialInsuranceNumber: text(input.socialInsuranceNumber),
    passport: text(input.passport),
  });
  const mother = motherOf(input, reading.kind === 'placeholder' ? reading.motherName : undefined);
  const name = reading.kind === 'name' && reading.name.fold !== mother.motherNameFold ? reading.name : undefined;
  // A newborn without a name is registered under the mother's (bhyt-xml.md §3).
  const placeholder = reading.kind === 'placeholder' || (reading.kind === 'name' && name === undefined);
  const placeholderText = reading.kind === 'placeholder' ? reading.text : placeholder ? mother.motherNameFold : undefined;
  const id12 = identifiers.id12 === mother.motherId12 ? undefined : identifiers.id12;
  const repaired = identifiers.id12Repaired === true;
  const sourcePatientId = readPatientId(text(input.sourcePatientId));
  const phone = readPhone(text(input.phone));
  const communeCode = text(input.communeCode);
  const order = Number(input.birthOrder);
  const isAnonymous = placeholder || (sourcePatientId === undefined && id12 === undefined);
  const keyed = isAnonymous ? options.businessKey : undefined;
  return {
    source: input.source,
    sourceType: input.sourceType,
    ...(sourcePatientId === undefined ? {} : { sourcePatientId }),
    ...(keyed === undefined ? {} : { businessKey: keyed }),
    ...(name === undefined ? {} : { name }),
    placeholder,
    ...(placeholderText === undefined ? {} : { placeholderText }),
    ...(sex === undefined ? {} : { sex }),
    ...(birth === undefined ? {} : { birth }),
    ...(id12 === undefined ? {} : { id12, id12Trust: identifiers.id12Conflict ? 'low' : trustOf(id12, sex, birth, repaired) }),
    ...(id12 !== undefined && repaired ? { id12Repaired: true } : {}),
    ...(identifiers.id9 === undefined ? {} : { id9: identifiers.id9 }),
    ...(identifiers.passport === undefined ? {} : { passport: identifiers.passport }),
    bhxh: identifiers.bhxh,
    temporaryCards: identifiers.temporaryCards,
    ...(phone === undefined ? {} : { phone }),
    ...(communeCode === undefined ? {} : { communeCode }),
    ...mother,
    ...(Number.isInteger(order) && order >= 1 && order <= BIRTH_ORDER_MAX ? { birthOrder: order } : {}),
  };
}

/** Typed where a form insists on a patient id: nothing but zeros, dots and dashes, or a word for "none". */
const NO_PATIENT_ID = /^(?:[0\p{P}\p{S}\s]*|X+|NULL|NONE|NAN|UNDEFINED|NA|N\/A|KHONG|KHÔNG|KO)$/iu;

/** A patient id; undefined for a filler, which would make one person of all namesakes of a facility (T0). */
const readPatientId = (id: string | undefined): string | undefined =>
  id === undefined || NO_PATIENT_ID.test(id.normalize('NFC')) ? undefined : id;

function motherOf(
  input: IdentityInput,
  nameInPlaceholder: string | undefined,
): Pick<NormalIdentity, 'motherNameFold' | 'motherId12' | 'motherPhone'> {
  const stated = foldText(text(input.motherName) ?? '');
  const motherNameFold = stated === '' ? nameInPlaceholder : stated;
  const motherId12 = readPersonalNumber(text(input.motherNationalId))?.value;
  const motherPhone = readPhone(text(input.motherPhone));
  return {
    ...(motherNameFold === undefined ? {} : { motherNameFold }),
    ...(motherId12 === undefined ? {} : { motherId12 }),
    ...(motherPhone === undefined ? {} : { motherPhone }),
  };
}

/** Content-derived id of an identity record: UUIDv5 of the canonical JSON (keys sorted), so it is equal in every installation. */
export function identityIdOf(normal: NormalIdentity): string {
  // RFC 9562 §5.5, written out: the uuid package spends three times as long on it.
  const digest = createHash('sha1').update(IDENTITY_NAMESPACE).update(canonical(normal)).digest();
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x50;
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80;
  const hex = digest.toString('hex', 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join(',')}}`;
}
