import type { PageContext } from '../http/page-context.js';
import { START_PAGES } from '../http/start-pages.js';
import type { FieldErrors } from '../ui/form.js';
import { ErrorSummary, TextField } from '../ui/form.js';
import { Frame } from '../ui/frame.js';
import { Callout } from '../ui/parts.js';

/** The form for people. `returnPath` is where they wanted to go. */
export const SignInPage = ({
  page,
  returnPath,
  username = '',
  errors = {},
}: {
  readonly page: PageContext;
  readonly returnPath: string | undefined;
  readonly username?: string;
  readonly errors?: FieldErrors;
}) => {
  const { t, session } = page;
  const hasErrors = Object.keys(errors).length > 0;
  return (
    <Frame page={page} title={t.signIn.title} hasErrors={hasErrors}>
      <div class="sign-in">
        <ErrorSummary t={t} errors={errors} />
        <h1>{t.signIn.title}</h1>
        {returnPath !== undefined && !hasErrors && session === undefined ? <p class="quiet">{t.signIn.first}</p> : null}
        {session === undefined ? null : (
          <Callout>
            <p>
              {t.signIn.already} <a href={START_PAGES[session.account.role]}>{t.signIn.goOn}</a>
            </p>
          </Callout>
        )}
        <form class="card" method="post" action="/sign-in" novalidate>
          {returnPath === undefined ? null : <input type="hidden" name="return" value={returnPath} />}
          <TextField
            t={t}
            name="username"
            label={t.signIn.username}
            value={username}
            errors={errors}
            autocomplete="username"
            required
            maxLength={100}
          />
          <TextField
            t={t}
            name="password"
            label={t.signIn.password}
            type="password"
            errors={errors}
            autocomplete="current-password"
            required
            maxLength={200}
          />
          <button class="button" type="submit">
            {t.signIn.submit}
          </button>
        </form>
      </div>
    </Frame>
  );
};
