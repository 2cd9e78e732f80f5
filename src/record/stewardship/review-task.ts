import type { RecordKey } from '../../store/record-store.js';
import type { ReviewTaskValue } from '../collections.js';

/** Index keys of a review task: by state, oldest first, and by both identity records. */
export const reviewTaskKeys = (task: ReviewTaskValue): readonly RecordKey[] => [
  { index: 'state', value: task.state, sort: task.createdAt },
  { index: 'identity', value: task.a },
  { index: 'identity', value: task.b },
];
