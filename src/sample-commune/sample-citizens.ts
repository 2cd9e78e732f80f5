/** Commune of the sample: Diên Khánh, Khánh Hòa, as in the sample files of the insurance tables. */
export const SAMPLE_COMMUNE_CODE = '22651';
export const SAMPLE_PROVINCE_CODE = '56';

/** An invented resident of the sample commune who has a portal account. */
export interface SampleCitizen {
  readonly name: string;
  readonly birthDate: string;
  readonly sex: 'male' | 'female';
  readonly nationalId: string;
  readonly insuranceCard: string;
  readonly communeCode: string;
}

/**
 * Citizens who can sign in to a demonstration, invented. The first lives in household 1 of every generated commune; the second is the
 * patient of the published sample file 01, who has no record until somebody sends that file.
 */
export function sampleCitizens(): readonly SampleCitizen[] {
  return [
    {
      name: 'Lê Thị Thu Mẫu',
      birthDate: '1968-05-17',
      sex: 'female',
      nationalId: '056168004321',
      insuranceCard: 'GD4565616004321',
      communeCode: SAMPLE_COMMUNE_CODE,
    },
    {
      name: 'Nguyễn Thị Thử Nghiệm',
      birthDate: '1958-03-12',
      sex: 'female',
      nationalId: '056158000117',
      insuranceCard: 'HT3565690000117',
      communeCode: SAMPLE_COMMUNE_CODE,
    },
  ];
}
