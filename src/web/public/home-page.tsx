import type { PageContext } from '../http/page-context.js';
import { START_PAGES } from '../http/start-pages.js';
import { Frame } from '../ui/frame.js';

/** What this is, for whoever comes by. */
export const HomePage = ({ page }: { readonly page: PageContext }) => {
  const { t, session } = page;
  const readers = [
    [t.home.citizen, t.home.citizenText],
    [t.home.station, t.home.stationText],
    [t.home.sender, t.home.senderText],
    [t.home.steward, t.home.stewardText],
    [t.home.operator, t.home.operatorText],
  ];
  const promises = [
    [t.home.traced, t.home.tracedText],
    [t.home.watched, t.home.watchedText],
    [t.home.kept, t.home.keptText],
  ];
  return (
    <Frame page={page} title={t.service.tagline} wide>
      <div class="hero">
        <h1>{t.home.title}</h1>
        <p class="lead">{t.home.lead}</p>
        <p>
          {session === undefined ? (
            <a class="button" href="/sign-in">
              {t.service.signIn}
            </a>
          ) : (
            <a class="button" href={START_PAGES[session.account.role]}>
              {t.signIn.goOn}
            </a>
          )}
        </p>
      </div>
      <ul class="readers">
        {readers.map(([title, text]) => (
          <li>
            <h2>{title}</h2>
            <p>{text}</p>
          </li>
        ))}
      </ul>
      <ul class="promises">
        {promises.map(([title, text]) => (
          <li>
            <h2>{title}</h2>
            <p>{text}</p>
          </li>
        ))}
      </ul>
    </Frame>
  );
};
