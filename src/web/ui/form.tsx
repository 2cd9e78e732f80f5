import { FORM_TOKEN_FIELD } from '../../access/session-middleware.js';
import type { Session } from '../../access/sessions.js';
import type { Messages } from '../messages/vi.js';

/** What is wrong, by the name of the field. */
export type FieldErrors = Readonly<Record<string, string>>;

/** Every form of a signed-in person carries the session's token. */
export const FormToken = ({ session }: { readonly session: Session | undefined }) =>
  session === undefined ? null : <input type="hidden" name={FORM_TOKEN_FIELD} value={session.formToken} />;

/** All problems of a form at its head, each a link to its field. */
export const ErrorSummary = ({ t, errors }: { readonly t: Messages; readonly errors: FieldErrors }) => {
  const entries = Object.entries(errors);
  return entries.length === 0 ? null : (
    <div class="error-summary" role="alert" aria-labelledby="error-summary-title">
      <h2 id="error-summary-title">{t.form.problems}</h2>
      <ul>
        {entries.map(([name, text]) => (
          <li>
            <a href={`#${name}`}>{text}</a>
          </li>
        ))}
      </ul>
    </div>
  );
};

/** A label, its hint, its error and a line to type in; joined for screen readers. */
export const TextField = ({
  t,
  name,
  label,
  hint,
  value = '',
  errors = {},
  type = 'text',
  size,
  optional = false,
  required = false,
  maxLength,
  inputMode,
  autocomplete = 'off',
}: {
  readonly t: Messages;
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly value?: string;
  readonly errors?: FieldErrors;
  readonly type?: 'text' | 'password' | 'date';
  readonly size?: 'short' | 'medium';
  readonly optional?: boolean;
  readonly required?: boolean;
  readonly maxLength?: number;
  readonly inputMode?: 'numeric';
  readonly autocomplete?: string;
}) => {
  const error = errors[name];
  const described = [hint === undefined ? '' : `${name}-hint`, error === undefined ? '' : `${name}-error`]
    .filter(Boolean)
    .join(' ');
  return (
    <div class={error === undefined ? 'field' : 'field field-wrong'}>
      <label for={name}>
        {label}
        {optional ? <span class="optional"> {t.form.optional}</span> : null}
      </label>
      {hint === undefined ? null : (
        <p class="hint" id={`${name}-hint`}>
          {hint}
        </p>
      )}
      {error === undefined ? null : (
        <p class="error" id={`${name}-error`}>
          <span class="hidden-words">{t.form.error} </span>
          {error}
        </p>
      )}
      <input
        id={name}
        name={name}
        // The types of Preact want a literal; which of the three is the page's choice.
        type={type as 'text'}
        value={type === 'password' ? '' : value}
        class={size === undefined ? '' : `input-${size}`}
        autocomplete={autocomplete}
        autocapitalize={type === 'password' || autocomplete === 'username' ? 'none' : undefined}
        spellcheck={false}
        inputMode={inputMode}
        maxLength={maxLength}
        required={required}
        aria-invalid={error === undefined ? undefined : 'true'}
        aria-describedby={described === '' ? undefined : described}
      />
    </div>
  );
};
