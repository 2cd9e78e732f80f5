import type { ComponentChildren } from 'preact';
import type { PersonRole } from '../../access/accounts.js';
import type { PageContext } from '../http/page-context.js';
import { START_PAGES } from '../http/start-pages.js';
import type { Messages } from '../messages/vi.js';
import { FormToken } from './form.js';

interface MenuItem {
  readonly href: string;
  readonly label: string;
}

const menuOf = (t: Messages, role: PersonRole | undefined): readonly MenuItem[] => {
  switch (role) {
    case 'station':
      return [{ href: '/station', label: t.search.title }];
    case 'citizen':
      return [
        { href: '/citizen', label: t.citizen.summary },
        { href: '/citizen/timeline', label: t.citizen.timeline },
        { href: '/citizen/who-looked', label: t.citizen.whoLooked },
      ];
    case 'sender':
      return [{ href: '/sender', label: t.sender.title }];
    case 'steward':
      return [{ href: '/steward', label: t.steward.title }];
    case 'operator':
      return [{ href: '/operator', label: t.operator.title }];
    case undefined:
      return [];
  }
};

/**
 * The whole document: head, skip link, masthead with menu and sign-out, main part, foot.
 *
 * @param props.title without the service's name; never names a person, since titles stay in a browser's history
 */
export const Frame = ({
  page,
  title,
  wide = false,
  hasErrors = false,
  children,
}: {
  readonly page: PageContext;
  readonly title: string;
  /** Pages with tables use the width of the screen. */
  readonly wide?: boolean;
  readonly hasErrors?: boolean;
  readonly children: ComponentChildren;
}) => {
  const { t, session, language } = page;
  const other = language === 'vi' ? 'en' : 'vi';
  const menu = menuOf(t, session?.account.role);
  return (
    <html lang={language}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <meta name="color-scheme" content="light" />
        <title>{`${hasErrors ? `${t.form.error} ` : ''}${title} – ${t.service.name}`}</title>
        <link rel="stylesheet" href={page.stylesheet} />
      </head>
      <body>
        <a class="skip" href="#main">
          {t.service.skip}
        </a>
        <header class="masthead">
          <div class="masthead-row wrap">
            <a class="brand" href={session === undefined ? '/' : START_PAGES[session.account.role]}>
              <span class="brand-mark" aria-hidden="true" />
              <span class="brand-name">{t.service.name}</span>
            </a>
            <div class="masthead-tools">
              <a class="language" href={`${page.path}?lang=${other}`} lang={other} hreflang={other} title={t.language.otherHint}>
                {t.language.other}
              </a>
              {session === undefined ? (
                page.path === '/sign-in' ? null : (
                  <a class="masthead-link" href="/sign-in">
                    {t.service.signIn}
                  </a>
                )
              ) : (
                <form class="sign-out" method="post" action="/sign-out">
                  <FormToken session={session} />
                  <span class="who">
                    <span class="hidden-words">{t.service.signedInAs} </span>
                    {session.account.display}
                  </span>
                  <button class="button-plain" type="submit">
                    {t.service.signOut}
                  </button>
                </form>
              )}
            </div>
          </div>
          {menu.length === 0 ? null : (
            <nav class="menu" aria-label={t.service.menu}>
              <ul class="wrap">
                {menu.map(({ href, label }) => (
                  <li>
                    <a href={href} aria-current={page.path === href ? 'page' : undefined}>
                      {label}
                    </a>
                  </li>
                ))}
              </ul>
            </nav>
          )}
        </header>
        {page.demonstration ? (
          <p class="demonstration">
            <span class="wrap">{t.service.demonstration}</span>
          </p>
        ) : null}
        <main id="main" class={wide ? 'wrap' : 'wrap wrap-narrow'} tabIndex={-1}>
          {children}
        </main>
        <footer class="foot">
          <p class="wrap">{t.service.footer}</p>
        </footer>
      </body>
    </html>
  );
};
