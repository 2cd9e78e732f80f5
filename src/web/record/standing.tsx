import type { AllergyIntolerance, Coverage, FhirResource, Immunization, Observation } from 'fhir/r4.js';
import type { ComponentChildren } from 'preact';
import type { PersonStanding } from '../../record/reader/person-reader.js';
import { EXTENSIONS } from '../../fhir/systems.js';
import { labelOf } from '../messages/language.js';
import { Tag } from '../ui/parts.js';
import { dateText, vietnamDay } from '../words/dates.js';
import { conceptText, confidenceOf, valueText } from '../words/fhir-text.js';
import { doseText, medicineName, recentMedicines } from './medicines.js';
import type { Problem } from './problems.js';
import { problemsOf } from './problems.js';
import type { RecordView } from './record-view.js';
import { Confidence, Conflicts, DiseaseName, SourceLink } from './record-view.js';

/** Problems shown at once; the others stand behind a fold. */
export const PROBLEMS_SHOWN = 8;

const isA = <T extends FhirResource['resourceType']>(resourceType: T) => {
  return (resource: FhirResource): resource is Extract<FhirResource, { resourceType: T }> =>
    resource.resourceType === resourceType;
};

/** A box of the page's head. `tone` gives the edge its colour. */
export const Panel = ({
  title,
  id,
  tone,
  children,
}: {
  readonly title: string;
  readonly id: string;
  readonly tone: string;
  readonly children: ComponentChildren;
}) => (
  <section class={`panel panel-${tone}`} aria-labelledby={id}>
    <h2 id={id}>{title}</h2>
    {children}
  </section>
);

export const Allergies = ({
  view,
  allergies,
  unknownText,
}: {
  readonly view: RecordView;
  readonly allergies: readonly FhirResource[];
  readonly unknownText: string;
}) => {
  const { t } = view.page;
  const items = allergies.filter(isA('AllergyIntolerance'));
  return (
    <Panel title={t.history.allergies} id="allergies" tone="bad">
      {items.length === 0 ? (
        <>
          <p class="unknown">{t.history.allergiesUnknown}</p>
          <p class="quiet">{unknownText}</p>
        </>
      ) : (
        <ul class="facts">
          {items.map((allergy) => (
            <li>
              <AllergyText allergy={allergy} view={view} />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
};

const AllergyText = ({ allergy, view }: { readonly allergy: AllergyIntolerance; readonly view: RecordView }) => {
  const { t } = view.page;
  const name = conceptText(allergy.code) || labelOf(t.type, 'AllergyIntolerance');
  const reactions = (allergy.reaction ?? []).flatMap(({ manifestation, description }) => [
    ...manifestation.map((concept) => conceptText(concept)),
    ...(description === undefined ? [] : [description]),
  ]);
  const date = allergy.recordedDate ?? allergy.onsetDateTime;
  return (
    <>
      <strong>{name}</strong>{' '}
      {allergy.criticality === undefined ? null : (
        <Tag tone={allergy.criticality === 'high' ? 'bad' : 'plain'}>{t.allergyCriticality[allergy.criticality]}</Tag>
      )}{' '}
      <Confidence page={view.page} of={allergy} />
      <span class="aside">
        {[reactions.join(', '), date === undefined ? '' : dateText(date)].filter(Boolean).join(' · ')}{' '}
        <SourceLink view={view} of={allergy} what={name} />
      </span>
      <Conflicts page={view.page} of={allergy} />
    </>
  );
};

export const Problems = ({
  view,
  conditions,
  note,
}: {
  readonly view: RecordView;
  readonly conditions: readonly FhirResource[];
  readonly note?: string;
}) => {
  const { t } = view.page;
  const problems = problemsOf(conditions);
  const [shown, folded] = [problems.slice(0, PROBLEMS_SHOWN), problems.slice(PROBLEMS_SHOWN)];
  const list = (items: readonly Problem[]) => (
    <ul class="facts">
      {items.map((problem) => (
        <li>
          <ProblemText problem={problem} view={view} />
        </li>
      ))}
    </ul>
  );
  return (
    <Panel title={t.history.problems} id="problems" tone="problem">
      {note === undefined || problems.length === 0 ? null : <p class="quiet">{note}</p>}
      {problems.length === 0 ? <p class="quiet">{t.history.problemsNone}</p> : list(shown)}
      {folded.length === 0 ? null : (
        <details>
          <summary>{t.history.moreProblems(folded.length)}</summary>
          {list(folded)}
        </details>
      )}
    </Panel>
  );
};

const ProblemText = ({ problem, view }: { readonly problem: Problem; readonly view: RecordView }) => {
  const { t } = view.page;
  const { code, text, count, last, unconfirmed, newest } = problem;
  return (
    <>
      <DiseaseName page={view.page} text={text} code={code} />{' '}
      {unconfirmed ? <Tag tone="warn">{t.person.unconfirmed}</Tag> : null}
      <span class="aside">
        {t.history.times(count)}
        {last === undefined ? '' : ` · ${t.history.last} ${dateText(last)}`}{' '}
        <SourceLink view={view} of={newest} what={text === '' ? (code ?? '') : text} />
      </span>
      <Conflicts page={view.page} of={newest} />
    </>
  );
};

export const RecentMedicines = ({
  view,
  requests,
  note,
}: {
  readonly view: RecordView;
  readonly requests: readonly FhirResource[];
  readonly note?: string;
}) => {
  const { page } = view;
  const { t } = page;
  const { isRecent, items } = recentMedicines(requests, vietnamDay(page.now));
  return (
    <Panel title={isRecent || items.length === 0 ? t.history.medicines : t.history.medicinesOlder} id="medicines" tone="medicine">
      {note === undefined || items.length === 0 ? null : <p class="quiet">{note}</p>}
      {items.length === 0 ? (
        <p class="quiet">{t.history.medicinesNone}</p>
      ) : (
        <ul class="facts">
          {items.map((request) => {
            const name = medicineName(request);
            return (
              <li>
                <strong>{name}</strong> <Confidence page={page} of={request} />
                {doseText(request) === '' ? null : <span class="dose">{doseText(request)}</span>}
                <span class="aside">
                  {request.authoredOn === undefined ? '' : dateText(request.authoredOn)}{' '}
                  <SourceLink view={view} of={request} what={name} />
                </span>
              </li>
            );
          })}
        </ul>
      )}
    </Panel>
  );
};

/** Newest value of each vital sign as tiles. */
export const LatestMeasures = ({ view, latest }: { readonly view: RecordView; readonly latest: readonly FhirResource[] }) => {
  const { page } = view;
  const { t } = page;
  // An observation that carries two codes was found under both.
  const items = [...new Map(latest.filter(isA('Observation')).map((found) => [found.id, found])).values()];
  return (
    <section class="latest" aria-labelledby="latest">
      <h2 id="latest">{t.history.latest}</h2>
      {items.length === 0 ? (
        <p class="quiet">{t.history.latestNone}</p>
      ) : (
        <ul class="tiles">
          {items.map((observation) => (
            <li>
              <span class="tile-label">{conceptText(observation.code, t)}</span>
              <span class="tile-value">{valueText(observation, page)}</span>
              <span class="aside">
                {observation.effectiveDateTime === undefined ? '' : dateText(observation.effectiveDateTime)}{' '}
                <Confidence page={page} of={observation} />
                <SourceLink view={view} of={observation} what={conceptText(observation.code, t)} />
              </span>
              <Conflicts page={page} of={observation} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
};

const Part = ({ title, children }: { readonly title: string; readonly children: ComponentChildren }) => (
  <div class="part">
    <h3>{title}</h3>
    {children}
  </div>
);

const bloodGroupText = (observation: Observation, view: RecordView): string =>
  confidenceOf(observation) === 'conflicting' ? view.page.t.person.conflicting : valueText(observation, view.page);

/** Blood group, immunizations and insurance cards. */
export const OtherStanding = ({
  view,
  summary,
  children,
}: {
  readonly view: RecordView;
  readonly summary: PersonStanding;
  readonly children?: ComponentChildren;
}) => {
  const { page } = view;
  const { t } = page;
  const bloodGroup = summary.bloodGroup.filter(isA('Observation'));
  const immunizations = summary.immunizations.filter(isA('Immunization'));
  const coverages = summary.coverages.filter(isA('Coverage'));
  return (
    <section class="others" aria-labelledby="others">
      <h2 id="others">{t.history.more}</h2>
      <div class="others-grid">
        <Part title={t.history.bloodGroup}>
          {bloodGroup.length === 0 ? (
            <p class="quiet">{t.history.noneKnown}</p>
          ) : (
            <ul class="facts">
              {bloodGroup.map((observation) => (
                <li>
                  {confidenceOf(observation) === 'conflicting' ? null : <strong>{bloodGroupText(observation, view)}</strong>}{' '}
                  <Confidence page={page} of={observation} />{' '}
                  <SourceLink view={view} of={observation} what={t.history.bloodGroup} />
                  <Conflicts page={page} of={observation} />
                </li>
              ))}
            </ul>
          )}
        </Part>
        <Part title={t.history.immunizations}>
          {immunizations.length === 0 ? (
            <p class="quiet">{t.history.noneKnown}</p>
          ) : (
            <ul class="facts">
              {immunizations.map((immunization) => (
                <li>
                  <ImmunizationText immunization={immunization} view={view} />
                </li>
              ))}
            </ul>
          )}
        </Part>
        <Part title={t.history.coverage}>
          {coverages.length === 0 ? (
            <p class="quiet">{t.history.noneKnown}</p>
          ) : (
            <ul class="facts">
              {coverages.map((coverage) => (
                <li>
                  <CoverageText coverage={coverage} view={view} />
                </li>
              ))}
            </ul>
          )}
        </Part>
        {children}
      </div>
    </section>
  );
};

export const ImmunizationText = ({ immunization, view }: { readonly immunization: Immunization; readonly view: RecordView }) => {
  const name = conceptText(immunization.vaccineCode);
  const date = immunization.occurrenceDateTime ?? immunization.occurrenceString;
  const dose = immunization.protocolApplied?.[0]?.doseNumberPositiveInt ?? immunization.protocolApplied?.[0]?.doseNumberString;
  return (
    <>
      <strong>{name}</strong> <Confidence page={view.page} of={immunization} />
      <span class="aside">
        {[dose === undefined ? '' : `#${String(dose)}`, date === undefined ? '' : dateText(date)].filter(Boolean).join(' · ')}{' '}
        <SourceLink view={view} of={immunization} what={name} />
      </span>
    </>
  );
};

const CoverageText = ({ coverage, view }: { readonly coverage: Coverage; readonly view: RecordView }) => {
  const { t } = view.page;
  const number = coverage.identifier?.[0]?.value ?? coverage.subscriberId ?? '';
  const facility = coverage.extension?.find(({ url }) => url === EXTENSIONS.primaryCareFacility)?.valueReference?.identifier
    ?.value;
  return (
    <>
      <strong class="number">{number}</strong> <Confidence page={view.page} of={coverage} />
      <span class="aside">
        {[
          coverage.period?.end === undefined ? '' : `${t.history.validTo} ${dateText(coverage.period.end)}`,
          facility === undefined ? '' : `${t.history.firstRegistered} ${facility}`,
        ]
          .filter(Boolean)
          .join(' · ')}{' '}
        <SourceLink view={view} of={coverage} what={t.history.coverage} />
      </span>
      <Conflicts page={view.page} of={coverage} />
    </>
  );
};

/** One more part beside blood group and card. */
export const StandingPart = Part;
