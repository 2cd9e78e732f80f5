import { describe, expect, test } from '@jest/globals';
import type { ErrorIssue } from '../../src/errors.js';
import { decimal } from '../../src/fhir/decimal.js';
import { MAX_JSON_DEPTH } from '../../src/fhir/json.js';
import { MAX_BUNDLE_ENTRIES, MAX_CONTAINED, MAX_ISSUES, validateResource } from '../../src/fhir/validation/validate.js';
import { fhirExample, fhirExamples } from '../support/fhir-examples.js';
import { thrownBy } from '../support/thrown-by.js';

type Mutable = Record<string, unknown>;

/** Issues as `code expression`; none when valid. */
function findings(resource: unknown): string[] {
  try {
    validateResource(resource);
    return [];
  } catch {
    return thrownBy(() => validateResource(resource)).issues.map(({ code, expression }: ErrorIssue) => `${code} ${expression}`);
  }
}

const changed = (name: string, change: (resource: Mutable) => void): Mutable => {
  const resource = fhirExample(name) as unknown as Mutable;
  change(resource);
  return resource;
};
const observation = (more: Mutable): Mutable => ({ resourceType: 'Observation', status: 'final', code: { text: 'x' }, ...more });

// https://hl7.org/fhir/R4/validation.html
describe('validation', () => {
  test.each(fhirExamples())('the official example %s is valid', (_name, resource) => {
    expect(findings(resource)).toEqual([]);
    expect(validateResource(resource)).toBe(resource);
  });

  test.each<[string, string, (resource: Mutable) => void, string[]]>([
    ['a required element', 'Observation-bloodgroup', (o) => delete o['status'], ['required Observation.status']],
    [
      'a required choice',
      'Immunization-historical',
      (i) => delete i['occurrenceString'],
      ['required Immunization.occurrence[x]'],
    ],
    [
      'a required part',
      'CapabilityStatement-phr',
      (c) => delete (c['rest'] as Mutable[])[0]?.['mode'],
      ['required CapabilityStatement.rest[0].mode'],
    ],
    ['an array for one', 'Patient-example', (p) => (p['gender'] = ['male']), ['structure Patient.gender']],
    ['one for an array', 'Patient-example', (p) => (p['name'] = { text: 'x' }), ['structure Patient.name']],
    ['a string for a boolean', 'Patient-example', (p) => (p['active'] = 'true'), ['structure Patient.active']],
    ['a string for an object', 'Observation-bloodgroup', (o) => (o['code'] = 'x'), ['structure Observation.code']],
    [
      'a string for a decimal',
      'Observation-blood-pressure',
      (o) => (((o['component'] as Mutable[])[1]?.['valueQuantity'] as Mutable)['value'] = '60'),
      ['structure Observation.component[1].valueQuantity.value'],
    ],
    ['a fraction for a whole number', 'Coverage-9876B1', (c) => (c['order'] = 1.5), ['structure Coverage.order']],
    ['zero for a positive number', 'Coverage-9876B1', (c) => (c['order'] = 0), ['value Coverage.order']],
    ['an unknown code', 'Patient-example', (p) => (p['gender'] = 'm'), ['code-invalid Patient.gender']],
    [
      'a concept without a code of the set',
      'Condition-example',
      (c) => (c['clinicalStatus'] = { text: 'active' }),
      ['code-invalid Condition.clinicalStatus'],
    ],
    ['an unknown member', 'Patient-example', (p) => (p['nickname'] = 'x'), ['structure Patient']],
    [
      'an unknown member below',
      'Patient-example',
      (p) => ((p['name'] as Mutable[])[0] = { familyName: 'x' }),
      ['structure Patient.name[0]'],
    ],
    ['a day that does not exist', 'Patient-example', (p) => (p['birthDate'] = '1974-02-30'), ['value Patient.birthDate']],
    ['a month that does not exist', 'Patient-example', (p) => (p['birthDate'] = '1974-13'), ['value Patient.birthDate']],
    [
      'a time without zone',
      'Observation-bloodgroup',
      (o) => (o['effectiveDateTime'] = '2020-01-01T10:00:00'),
      ['value Observation.effectiveDateTime'],
    ],
    [
      'a time without seconds',
      'Observation-bloodgroup',
      (o) => (o['effectiveDateTime'] = '2020-01-01T10:00+07:00'),
      ['value Observation.effectiveDateTime'],
    ],
    ['a day for an instant', 'AuditEvent-example-login', (a) => (a['recorded'] = '2020-01-01'), ['value AuditEvent.recorded']],
    ['two types of one choice', 'Observation-bloodgroup', (o) => (o['valueString'] = 'x'), ['structure Observation.value[x]']],
    [
      'a type that the choice has not',
      'Observation-bloodgroup',
      (o) => {
        delete o['valueCodeableConcept'];
        o['valueDecimal'] = 1;
      },
      ['structure Observation'],
    ],
    ['an empty string', 'Patient-example', (p) => (p['name'] = [{ text: '' }]), ['value Patient.name[0].text']],
    ['a string of spaces', 'Patient-example', (p) => (p['name'] = [{ text: ' \t' }]), ['value Patient.name[0].text']],
    ['a control character', 'Patient-example', (p) => (p['name'] = [{ text: 'a\u0000b' }]), ['value Patient.name[0].text']],
    ['an empty object', 'Patient-example', (p) => (p['name'] = [{}]), ['structure Patient.name[0]']],
    ['an object with an id alone', 'Patient-example', (p) => (p['name'] = [{ id: 'n1' }]), ['structure Patient.name[0]']],
    ['an empty array', 'Patient-example', (p) => (p['name'] = []), ['structure Patient.name']],
    ['null', 'Patient-example', (p) => (p['active'] = null), ['structure Patient.active']],
    ['an id with a space', 'Patient-example', (p) => (p['id'] = 'a b'), ['value Patient.id']],
    ['an id too long', 'Patient-example', (p) => (p['id'] = 'a'.repeat(65)), ['value Patient.id']],
    [
      'a uri with a space',
      'Patient-example',
      (p) => (p['identifier'] = [{ system: 'urn: x', value: '1' }]),
      ['value Patient.identifier[0].system'],
    ],
    [
      'a reference that is none',
      'Observation-bloodgroup',
      (o) => (o['subject'] = { reference: 'nobody' }),
      ['value Observation.subject.reference'],
    ],
    [
      'a reference to an unknown type',
      'Observation-bloodgroup',
      (o) => (o['subject'] = { reference: 'Person1/1' }),
      ['value Observation.subject.reference'],
    ],
    [
      'a reference to a wrong type',
      'Observation-bloodgroup',
      (o) => (o['subject'] = { reference: 'Encounter/1' }),
      ['value Observation.subject.reference'],
    ],
    [
      'a wrong type beside an identifier',
      'Observation-bloodgroup',
      (o) => (o['subject'] = { type: 'Encounter', identifier: { value: '1' } }),
      ['value Observation.subject.reference'],
    ],
    [
      'a type that the element does not take, beside a reference that it does',
      'Observation-bloodgroup',
      (o) => (o['subject'] = { reference: 'Patient/1', type: 'Substance' }),
      ['value Observation.subject.reference'],
    ],
    [
      'a local reference to nothing',
      'Observation-bloodgroup',
      (o) => (o['subject'] = { reference: '#p' }),
      ['invariant Observation.subject.reference'],
    ],
    [
      'a script in the narrative',
      'Patient-example',
      (p) => (p['text'] = { status: 'generated', div: '<div><script>x</script></div>' }),
      ['value Patient.text.div'],
    ],
    [
      'an event handler in the narrative',
      'Patient-example',
      (p) => (p['text'] = { status: 'generated', div: '<div onclick="x">a</div>' }),
      ['value Patient.text.div'],
    ],
    [
      'an extension with a value and extensions',
      'Patient-example',
      (p) => (p['extension'] = [{ url: 'urn:x', valueCode: 'a', extension: [{ url: 'urn:y', valueCode: 'b' }] }]),
      ['invariant Patient.extension[0]'],
    ],
    [
      'an extension without url',
      'Patient-example',
      (p) => (p['extension'] = [{ valueCode: 'a' }]),
      ['required Patient.extension[0].url'],
    ],
    [
      'an extension with a relative url, at an element and at a primitive',
      'Patient-example',
      (p) => {
        p['extension'] = [{ url: 'x', valueCode: 'a' }];
        p['_gender'] = { extension: [{ url: '/x', valueCode: 'a' }] };
      },
      ['value Patient.extension[0].url', 'value Patient.gender.extension[0].url'],
    ],
    [
      'an extension of a primitive that is empty',
      'Patient-example',
      (p) => (p['_birthDate'] = {}),
      ['structure Patient.birthDate'],
    ],
    ['an invariant', 'Observation-bloodgroup', (o) => (o['dataAbsentReason'] = { text: 'x' }), ['invariant Observation']],
  ])('refuses %s', (_what, name, change, expected) => {
    expect(findings(changed(name, change))).toEqual(expected);
  });

  test('all findings come at once, and no value of the sender in them', () => {
    const resource = {
      resourceType: 'Patient',
      'Nguyễn Văn A': 1,
      gender: 'Nguyễn Văn B',
      birthDate: 'Nguyễn Văn C',
      name: [{ family: 'Nguyễn', 'Nguyễn D': 'x' }],
      contact: [{ gender: 'female' }],
    };
    expect(findings(resource).sort()).toEqual([
      'code-invalid Patient.gender',
      'invariant Patient.contact[0]',
      'structure Patient',
      'structure Patient.name[0]',
      'value Patient.birthDate',
    ]);
    expect(JSON.stringify(thrownBy(() => validateResource(resource)).issues)).not.toContain('Nguy');
  });

  test.each<[unknown, string]>([
    [null, 'malformed'],
    ['x', 'malformed'],
    [[], 'malformed'],
    [{}, 'malformed'],
    [{ resourceType: 'Nothing' }, 'malformed'],
    [{ resourceType: 'toString' }, 'malformed'],
    [{ resourceType: 'DomainResource' }, 'malformed'],
    [{ resourceType: ['Patient'] }, 'malformed'],
  ])('%j is no resource at all', (value, category) => {
    expect(thrownBy(() => validateResource(value)).category).toBe(category);
  });
});

// https://hl7.org/fhir/R4/extensibility.html
test('an extension inside another one may have a plain name', () => {
  const inner = { extension: [{ url: 'urn:x', extension: [{ url: 'part', valueCode: 'a' }] }] };
  expect(findings(changed('Patient-example', (p) => Object.assign(p, inner)))).toEqual([]);
});

// https://hl7.org/fhir/R4/json.html#primitive
describe('primitives with extensions', () => {
  const absent = { extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' }] };

  test('an extension stands for a required value, and beside one', () => {
    expect(findings({ resourceType: 'Observation', _status: absent, code: { text: 'x' } })).toEqual([]);
    expect(findings({ resourceType: 'Patient', birthDate: '1974', _birthDate: absent })).toEqual([]);
    expect(findings(observation({ _valueString: absent }))).toEqual([]);
    expect(findings(observation({ _valueString: absent, valueBoolean: true }))).toEqual(['structure Observation.value[x]']);
  });

  test('in arrays the places correspond', () => {
    const named = (name: Mutable): string[] => findings({ resourceType: 'Patient', name: [name] });
    expect(named({ given: ['A', null], _given: [null, absent] })).toEqual([]);
    expect(named({ _given: [absent] })).toEqual([]);
    expect(named({ given: ['A', null] })).toEqual(['structure Patient.name[0].given']);
    expect(named({ given: ['A', null], _given: [absent, null] })).toEqual(['structure Patient.name[0].given']);
    expect(named({ given: ['A'], _given: [null, absent] })).toEqual(['structure Patient.name[0].given']);
    expect(named({ _given: [null] })).toEqual(['structure Patient.name[0].given']);
  });
});

describe('decimals', () => {
  test.each(['58.50', '1e3', '0', '-1.0'])('%s is a decimal with its digits', (text) => {
    expect(findings(observation({ valueQuantity: { value: decimal(text) } }))).toEqual([]);
  });

  test('an object that looks like one is none', () => {
    expect(findings(observation({ valueQuantity: { value: { isLosslessNumber: true, value: '1.0' } } }))).toEqual([
      'structure Observation.valueQuantity.value',
    ]);
  });

  test('a kept decimal is no whole number', () => {
    expect(
      findings({
        resourceType: 'Coverage',
        status: 'active',
        beneficiary: { display: 'x' },
        payor: [{ display: 'x' }],
        order: decimal('1.0'),
      }),
    ).toEqual(['structure Coverage.order']);
  });
});

// https://hl7.org/fhir/R4/references.html#contained, https://hl7.org/fhir/R4/bundle.html
describe('resources inside resources', () => {
  const containing = (contained: unknown[], more: Mutable = { subject: { reference: '#p' } }): string[] =>
    findings(observation({ contained, ...more }));

  test('a contained resource is validated by its own type', () => {
    expect(containing([{ resourceType: 'Patient', id: 'p' }])).toEqual([]);
    expect(containing([{ resourceType: 'Patient', id: 'p', gender: 'm' }])).toEqual([
      'code-invalid Observation.contained[0].gender',
    ]);
    expect(containing([{ resourceType: 'Nothing', id: 'p' }])).toEqual(['value Observation.contained[0].resourceType']);
    expect(containing(['x'], {})).toEqual(['structure Observation.contained[0]']);
  });

  test('it has an id of its own, is referred to, and contains nothing', () => {
    expect(containing([{ resourceType: 'Patient' }], {})).toEqual(['required Observation.contained[0].id']);
    expect(
      containing([
        { resourceType: 'Patient', id: 'p' },
        { resourceType: 'Patient', id: 'p' },
      ]),
    ).toEqual(['invariant Observation.contained[1].id']);
    expect(containing([{ resourceType: 'Patient', id: 'p' }], {})).toEqual(['invariant Observation.contained[0]']);
    expect(containing([{ resourceType: 'Patient', id: 'p', meta: { versionId: '1' } }])).toEqual([
      'invariant Observation.contained[0]',
    ]);
    expect(
      containing([
        {
          resourceType: 'Patient',
          id: 'p',
          contained: [{ resourceType: 'Patient', id: 'q' }],
          link: [{ type: 'seealso', other: { reference: '#q' } }],
        },
      ]),
    ).toContain('invariant Observation.contained[0]');
    expect(
      containing([
        { resourceType: 'Patient', id: 'q' },
        { resourceType: 'Patient', id: 'p', link: [{ type: 'seealso', other: { reference: '#q' } }] },
      ]),
    ).toEqual([]);
  });

  test('entries of a Bundle and parameters, too', () => {
    expect(
      findings({ resourceType: 'Bundle', type: 'collection', entry: [{ resource: { resourceType: 'Patient', gender: 'm' } }] }),
    ).toEqual(['code-invalid Bundle.entry[0].resource.gender']);
    expect(
      findings({
        resourceType: 'Parameters',
        parameter: [{ name: 'a', part: [{ name: 'b', resource: { resourceType: 'Patient', gender: 'm' } }] }],
      }),
    ).toEqual(['code-invalid Parameters.parameter[0].part[0].resource.gender']);
  });
});

describe('bounds', () => {
  const nested = (levels: number): Mutable => {
    let extension: Mutable = { url: 'urn:x', valueBoolean: true };
    for (let level = 0; level < levels; level += 1) extension = { url: 'urn:x', extension: [extension] };
    return { resourceType: 'Patient', extension: [extension] };
  };

  test('depth', () => {
    // Every level of extensions is an array and an object; the resource itself is one more.
    const most = Math.floor((MAX_JSON_DEPTH - 3) / 2);
    expect(findings(nested(most))).toEqual([]);
    expect(thrownBy(() => validateResource(nested(most + 1))).category).toBe('too-costly');
    expect(thrownBy(() => validateResource(nested(100_000))).category).toBe('too-costly');
  });

  test('findings', () => {
    const wrong = (count: number): number =>
      findings({ resourceType: 'Patient', name: Array.from({ length: count }, () => ({})) }).length;
    expect([wrong(MAX_ISSUES), wrong(MAX_ISSUES + 1)]).toEqual([MAX_ISSUES, MAX_ISSUES]);
  });

  test('contained resources', () => {
    const contained = (count: number): string[] =>
      findings({
        resourceType: 'Patient',
        contained: Array.from({ length: count }, (_, at) => ({ resourceType: 'Organization', id: `o${at}`, name: 'x' })),
        generalPractitioner: Array.from({ length: count }, (_, at) => ({ reference: `#o${at}` })),
      });
    expect(contained(MAX_CONTAINED)).toEqual([]);
    expect(contained(MAX_CONTAINED + 1)).toContain('too-costly Patient.contained');
  });

  test('entries of a Bundle', () => {
    const bundle = (count: number): string[] =>
      findings({
        resourceType: 'Bundle',
        type: 'collection',
        entry: Array.from({ length: count }, () => ({ resource: { resourceType: 'Patient', active: true } })),
      });
    expect(bundle(MAX_BUNDLE_ENTRIES)).toEqual([]);
    expect(bundle(MAX_BUNDLE_ENTRIES + 1)).toEqual(['too-costly Bundle.entry']);
  });
});
