// How the service is started: one place for what Node and the C library are told, for `npm start`, `npm run worker`, the image and the benches.

/**
 * Options of Node. Young generation: at 64 connections the objects of the requests under way outlive the collections of a smaller one and
 * move to the old generation.
 */
export const NODE_OPTIONS = ['--max-semi-space-size=16'];

/**
 * What glibc is told (elsewhere without effect): a few threads that each keep an arena of their own hold a fifth of the service's memory.
 */
export const ENVIRONMENT = { MALLOC_ARENA_MAX: '2' };

/** The environment of a start: what is set already stays. */
export const environmentOf = (env) => ({ ...ENVIRONMENT, ...env });
