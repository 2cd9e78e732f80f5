/**
 * First three digits of the personal number: the 63 places of birth registration as numbered before July 2025 (programmes/provinces.json,
 * `formed_from`). A number never changes after a merger of provinces, so the current list of 34 has no say here (merging.md §1.3).
 */
export const REGISTRATION_PLACES: ReadonlySet<string> = new Set(
  (
    '001 002 004 006 008 010 011 012 014 015 017 019 020 022 024 025 026 027 030 031 033 034 035 036 037 038 040 042 044 045 046 048 ' +
    '049 051 052 054 056 058 060 062 064 066 067 068 070 072 074 075 077 079 080 082 083 084 086 087 089 091 092 093 094 095 096'
  ).split(' '),
);

/**
 * Where births registered abroad begin. The list of country codes is not confirmed against a source, so a number from 100 on is neither
 * refused nor counted as an agreement.
 */
export const FIRST_COUNTRY_CODE = 100;
