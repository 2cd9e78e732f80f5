import { dossierIdOf } from '../sources/source-ids.js';
import { REST_PATIENT_DOOR, REST_SENDER } from './rest-patient-format.js';

/** Dossier of the Patient written under `id` through REST. */
export const restDossierIdOf = (id: string): string => dossierIdOf(REST_PATIENT_DOOR, REST_SENDER, id);
