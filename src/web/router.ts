import express from 'express';

/** Pages come next. */
export function makeWebRouter(_deps: Readonly<Record<string, unknown>>): express.Router {
  return express.Router();
}
