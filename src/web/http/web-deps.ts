import type { BeyondCatchment } from '../../access/policy.js';
import type { Sessions } from '../../access/sessions.js';
import type { WhoLooked } from '../../access/audit/who-looked.js';
import type { AccessPolicy } from '../../fhir/access-policy.js';
import type { PersonReader } from '../../record/reader/person-reader.js';
import type { Submissions } from '../../record/sources/receipt.js';
import type { DeadLetters } from '../../store/dead-letters.js';
import type { Store } from '../../store/store.js';
import type { WebLog } from './errors.js';

/** What the pages are made of. */
export interface WebRouterDeps {
  readonly store: Pick<Store, 'commit' | 'record' | 'records' | 'find' | 'scanRecords'>;
  readonly reader: PersonReader;
  readonly submissions: Submissions;
  /** Queues and given up work, for operators. */
  readonly deadLetters: DeadLetters;
  readonly sessions: Sessions;
  readonly policy: AccessPolicy & BeyondCatchment;
  readonly whoLooked: WhoLooked;
  /** Origin of the service, without trailing slash; https makes cookies secure. */
  readonly baseUrl: string;
  readonly now: () => Date;
  readonly logger: WebLog;
  /** Pages then say that everything is made up. */
  readonly demonstration: boolean;
}
