// Declares the module that scripts/build-steps/20-fhir-validators.mjs writes into dist: one function for each resource type of R4.
import type { ValidateFunction } from 'ajv';

declare const validators: Readonly<Record<string, ValidateFunction>>;
export = validators;
