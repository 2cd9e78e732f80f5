import type { mongo } from 'mongoose';
import { PhrError } from '../../errors.js';
import type { AccessReads } from '../access-log.js';
import { hashedNames } from '../keyed-hash.js';
import type { KeyedHash } from '../keyed-hash.js';
import type { AccessDocument } from './documents.js';
import { INDEX } from './schemas.js';
import { residual } from './search-filter.js';
import { inSnapshot } from './snapshot.js';
import type { ReadParts } from './snapshot.js';

type Filter = mongo.Filter<AccessDocument>;

/** Lines by (at, id), newest first, out of the index of the rarest thing asked: reference, patient, agent, or time alone. */
export function makeAccessReads(parts: ReadParts, hash: KeyedHash): AccessReads {
  const { access } = parts.collections;
  return {
    async accessLine(id) {
      const found = await inSnapshot(parts, async (asked) => access.findOne({ _id: id }, asked));
      return found?.line;
    },
    async accessLines({ patient, agentId, reference, interaction, action, from, to, limit, before }) {
      const exact: Filter = {
        ...(patient === undefined ? {} : { 'line.patients': patient }),
        ...(agentId === undefined ? {} : { 'line.agent.id': agentId }),
        ...(reference === undefined ? {} : { 'line.what': reference }),
        ...(interaction === undefined ? {} : { 'line.interaction': interaction }),
        ...(action === undefined ? {} : { 'line.action': action }),
      };
      const by =
        reference !== undefined
          ? hash.term(hashedNames.accessReference(reference))
          : patient !== undefined
            ? hash.term(hashedNames.accessPatient(patient))
            : agentId !== undefined
              ? hash.term(hashedNames.accessAgent(agentId))
              : undefined;
      const base: Filter = { ...(by === undefined ? {} : { by }), ...residual(exact) };
      const within = { ...(from === undefined ? {} : { $gte: from }), ...(to === undefined ? {} : { $lt: to }) };
      return inSnapshot(parts, async (asked) => {
        const found: AccessDocument[] = [];
        for (const stretch of await stretchesOf(parts, before, within, asked)) {
          if (found.length >= limit) break;
          const filter: Filter = { ...base, ...stretch };
          const options = {
            ...asked,
            sort: { at: -1, _id: -1 } as const,
            hint: by === undefined ? INDEX.accessAt : INDEX.accessBy,
            limit: limit - found.length,
            projection: { line: 1 },
          };
          found.push(...(await access.find(filter, options).toArray()));
        }
        return found.map(({ line }) => line);
      });
    },
  };
}

interface Bounds {
  readonly $gte?: string;
  readonly $lt?: string;
}

/** What is behind a line: the rest of its instant, then the instants before. Each is one stretch of the index. */
async function stretchesOf(
  { collections }: ReadParts,
  before: string | undefined,
  within: Bounds,
  asked: { readonly session: mongo.ClientSession },
): Promise<readonly Filter[]> {
  const at = (bounds: Bounds): Filter => (Object.keys(bounds).length === 0 ? {} : { at: bounds });
  if (before === undefined) return [at(within)];
  const line = await collections.access.findOne({ _id: before }, { ...asked, projection: { at: 1 } });
  if (line === null) throw new PhrError('invalid', 'The access line to continue from is not known');
  const isWithin = (within.$gte === undefined || line.at >= within.$gte) && (within.$lt === undefined || line.at < within.$lt);
  const end = within.$lt === undefined || line.at < within.$lt ? line.at : within.$lt;
  return [...(isWithin ? [{ at: line.at, _id: { $lt: before } }] : []), at({ ...within, $lt: end })];
}
