import type { RequestHandler } from 'express';
import helmet from 'helmet';

/** Nothing but our own stylesheet, pictures and forms: a script that gets into a page does not run. */
export function makeSecurityHeaders(isHttps: boolean): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        'style-src': ["'self'"],
        'img-src': ["'self'"],
        'form-action': ["'self'"],
        'base-uri': ["'none'"],
        'frame-ancestors': ["'none'"],
      },
    },
    // Not `no-referrer`: a browser would then say `Origin: null` with our own forms, and the same-origin check could not tell them apart.
    // Nothing leaves for other sites either way.
    referrerPolicy: { policy: 'same-origin' },
    crossOriginEmbedderPolicy: false,
    xFrameOptions: { action: 'deny' },
    // Over http a browser ignores it, and a demonstration must not bind a host name to https.
    strictTransportSecurity: isHttps ? { maxAge: 31_536_000, includeSubDomains: false } : false,
  });
}
