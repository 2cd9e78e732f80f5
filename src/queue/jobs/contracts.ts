import type { JobContract } from '../queue.js';
import { LINK_PERSON } from './link-person.js';
import { PARSE_SUBMISSION } from './parse-submission.js';
import { REBUILD_RECORD } from './rebuild-record.js';

/** Every kind of work, in the order in which a visit goes through them. */
export const JOB_CONTRACTS: readonly JobContract[] = [PARSE_SUBMISSION, LINK_PERSON, REBUILD_RECORD];
