import type { Patient } from 'fhir/r4.js';
import { REASON_LENGTH_MAX } from '../../access/reason.js';
import type { PersonSummary } from '../../record/reader/person-reader.js';
import type { PageContext } from '../http/page-context.js';
import { personLine } from '../record/person-head.js';
import type { FieldErrors } from '../ui/form.js';
import { ErrorSummary, FormToken, TextField } from '../ui/form.js';
import { Frame } from '../ui/frame.js';
import { Callout, Hidden, Pagination, Tag } from '../ui/parts.js';
import { communeOf, maskedNumber, numbersOf, patientName } from '../words/fhir-text.js';
import type { Search, SearchTyped } from './search-form.js';
import { NAME_LENGTH_MAX } from './search-form.js';

const NOTHING_TYPED: SearchTyped = { number: '', name: '', birthYear: '', reason: '' };

/** The station's start page: one form, number or name. */
export const SearchPage = ({
  page,
  communeCode,
  typed = NOTHING_TYPED,
  errors = {},
  notice,
}: {
  readonly page: PageContext;
  readonly communeCode: string | undefined;
  readonly typed?: SearchTyped;
  readonly errors?: FieldErrors;
  readonly notice?: string;
}) => {
  const { t } = page;
  return (
    <Frame page={page} title={t.search.title} hasErrors={Object.keys(errors).length > 0}>
      <ErrorSummary t={t} errors={errors} />
      {notice === undefined ? null : (
        <Callout tone="warn">
          <p>{notice}</p>
        </Callout>
      )}
      <h1>{t.search.title}</h1>
      {communeCode === undefined ? null : <p class="quiet">{t.search.catchment(communeCode)}</p>}
      <form class="card" method="post" action="/station" novalidate>
        <FormToken session={page.session} />
        <fieldset>
          <legend>{t.search.byNumber}</legend>
          <TextField
            t={t}
            name="number"
            label={t.search.number}
            hint={t.search.numberHint}
            value={typed.number}
            errors={errors}
            size="medium"
            maxLength={40}
          />
        </fieldset>
        <p class="or">
          <span>{t.search.or}</span>
        </p>
        <fieldset>
          <legend>{t.search.byName}</legend>
          <TextField
            t={t}
            name="name"
            label={t.search.name}
            hint={t.search.nameHint}
            value={typed.name}
            errors={errors}
            maxLength={NAME_LENGTH_MAX}
          />
          <TextField
            t={t}
            name="birthYear"
            label={t.search.birthYear}
            hint={t.search.birthYearHint}
            value={typed.birthYear}
            errors={errors}
            size="short"
            optional
            inputMode="numeric"
            maxLength={4}
          />
        </fieldset>
        <button class="button" type="submit">
          {t.search.submit}
        </button>
      </form>
    </Frame>
  );
};

/** Who was found; for a number that nobody of the catchment has, the way beyond it, whether such a person exists or not. */
export const ResultsPage = ({
  page,
  search,
  items,
  first,
  next,
  reasonTyped = '',
  errors = {},
}: {
  readonly page: PageContext;
  readonly search: Search;
  readonly items: readonly PersonSummary[];
  readonly first?: string | undefined;
  readonly next?: string | undefined;
  readonly reasonTyped?: string;
  readonly errors?: FieldErrors;
}) => {
  const { t } = page;
  const heading =
    items.length === 0
      ? search.kind === 'number-beyond'
        ? t.search.noneAnywhere
        : t.search.none
      : next === undefined
        ? t.search.found(items.length)
        : t.search.foundMore(items.length);
  return (
    <Frame page={page} title={t.search.results} hasErrors={Object.keys(errors).length > 0}>
      <a class="back" href="/station">
        {t.search.again}
      </a>
      <ErrorSummary t={t} errors={errors} />
      <h1>{heading}</h1>
      <SearchWords page={page} search={search} />
      {items.length === 0 ? null : (
        <ul class="people">
          {items.map(({ personId, patient }) => (
            <li>
              <PersonCard page={page} personId={personId} patient={patient} />
            </li>
          ))}
        </ul>
      )}
      <Pagination page={page} first={first} next={next} />
      {items.length === 0 && search.kind === 'name' ? <p>{t.search.noneByName}</p> : null}
      {items.length === 0 && search.kind === 'number' ? (
        <>
          <p>{t.search.noneByNumber}</p>
          <BeyondForm page={page} number={search.number} reasonTyped={reasonTyped} errors={errors} />
        </>
      ) : null}
    </Frame>
  );
};

const SearchWords = ({ page: { t }, search }: { readonly page: PageContext; readonly search: Search }) => (
  <p class="quiet">
    {search.kind === 'name' ? (
      <>
        “{search.name}”{search.birthYear === undefined ? '' : `, ${t.search.born} ${String(search.birthYear)}`}
      </>
    ) : (
      <>
        <span class="number">{search.number}</span>
        {search.kind === 'number-beyond' ? (
          <>
            {' '}
            · {t.search.foundBeyond} “{search.reason}”
          </>
        ) : null}
      </>
    )}
  </p>
);

const PersonCard = ({
  page,
  personId,
  patient,
}: {
  readonly page: PageContext;
  readonly personId: string;
  readonly patient: Patient;
}) => {
  const { t } = page;
  const name = patientName(patient, t);
  const numbers = numbersOf(patient, t).filter(({ isRecordNumber }) => !isRecordNumber);
  const address = patient.address?.[0]?.text;
  const commune = communeOf(patient);
  return (
    <div class="person-card">
      <h2>
        <a href={`/station/person/${personId}`}>
          <Hidden>{t.search.open(name)}</Hidden>
          <span aria-hidden="true">{name}</span>
        </a>
      </h2>
      <p>{personLine(patient, page.now, t)}</p>
      <p class="quiet">
        {[address, commune === undefined ? undefined : `${t.person.commune} ${commune}`].filter(Boolean).join(' · ')}
      </p>
      <ul class="chips">
        {numbers.map(({ label, value }) => (
          <li>
            <span class="chip-label">{label}</span> <span class="number">{maskedNumber(value)}</span>
          </li>
        ))}
        {patient.deceasedBoolean === true || patient.deceasedDateTime !== undefined ? (
          <li>
            <Tag>{t.person.deceased}</Tag>
          </li>
        ) : null}
      </ul>
    </div>
  );
};

const BeyondForm = ({
  page,
  number,
  reasonTyped,
  errors,
}: {
  readonly page: PageContext;
  readonly number: string;
  readonly reasonTyped: string;
  readonly errors: FieldErrors;
}) => {
  const { t } = page;
  return (
    <form class="card" method="post" action="/station" novalidate>
      <FormToken session={page.session} />
      <input type="hidden" name="number" value={number} />
      <h2>{t.search.beyond}</h2>
      <p>{t.search.beyondText}</p>
      <TextField
        t={t}
        name="reason"
        label={t.search.reason}
        hint={t.search.reasonHint}
        value={reasonTyped}
        errors={errors}
        maxLength={REASON_LENGTH_MAX}
      />
      <button class="button" type="submit">
        {t.search.beyondSubmit}
      </button>
    </form>
  );
};
