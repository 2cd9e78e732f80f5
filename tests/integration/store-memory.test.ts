import { openMemoryStore } from '../../src/store/memory/memory-store.js';
import { matchesCriterion, storeCodec } from '../support/store-codec.js';
import { describeStore } from '../support/store.contract.js';

describeStore('memory', async ({ now }) => openMemoryStore({ codec: storeCodec, now, matches: matchesCriterion }));
