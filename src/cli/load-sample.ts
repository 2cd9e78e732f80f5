import { setFlagsFromString } from 'node:v8';
import type { SampleOrder, SampleReport } from '../demonstration.js';
import { generateCommune } from '../sample-commune/commune.js';
import { makeProgressLine } from './progress-line.js';
import { sendCommune, type SampleSender } from './sample-sending.js';
import { CouldNotSend, makeSubmitClient } from './submit-client.js';

/**
 * The loader of the sample commune: a process of its own, forked by `src/demonstration.ts`, that sends the generated files over HTTP as
 * their facilities would. It ends with the service that forked it.
 */

/** Every demonstration shows the same people. */
const SAMPLE_SEED = 'sample';
/** Completed files between two reports to the service. */
const REPORT_EVERY = 10;

/** Young garbage is collected early: 25 MiB less beside a service that shares 512 MiB with this process, for a little of its time. */
setFlagsFromString('--max-semi-space-size=2');
setFlagsFromString('--semi-space-growth-factor=1');

process.once('message', (order: SampleOrder) => {
  load(order).catch((error: unknown) => {
    process.stderr.write(`Xã mẫu chưa nạp xong: ${error instanceof CouldNotSend ? error.message : String(error)}\n`);
    process.exit(1);
  });
});
process.once('disconnect', () => process.exit(1));

async function load({ baseUrl, households, signIns }: SampleOrder): Promise<void> {
  const senders = new Map<string, SampleSender>();
  for (const { facilityCode, clientId, clientSecret } of signIns.software) {
    if (facilityCode === undefined) continue;
    senders.set(facilityCode, makeSubmitClient({ baseUrl, tokenEndpoint: signIns.tokenEndpoint, clientId, clientSecret }));
  }
  const commune = () => generateCommune({ households, seed: SAMPLE_SEED });
  let files = 0;
  for (const _file of commune()) files += 1;
  const show = makeProgressLine(process.stderr, 'Nạp xã mẫu');
  const outcome = await sendCommune(commune(), {
    senderOf: (facilityCode) => {
      const sender = senders.get(facilityCode);
      if (sender === undefined) throw new CouldNotSend(`không có tài khoản của cơ sở ${facilityCode}`);
      return sender;
    },
    onCompleted: (completed) => {
      show(completed, files);
      if (completed % REPORT_EVERY === 0) tell({ sent: completed, files });
    },
  });
  const { accepted = 0, refused = 0, 'accepted-with-warnings': warned = 0 } = outcome.visits;
  process.stderr.write(
    `Xã mẫu: ${outcome.files} tệp; lượt khám nhận ${accepted}, nhận kèm cảnh báo ${warned}, từ chối ${refused}` +
      `${outcome.turnedAway > 0 ? `; ${outcome.turnedAway} tệp bị cửa nhận từ chối` : ''}\n`,
  );
  tell({ done: true, files: outcome.files }, () => process.exit(0));
}

function tell(report: SampleReport, then: () => void = () => undefined): void {
  if (process.send === undefined) then();
  else process.send(report, then);
}
