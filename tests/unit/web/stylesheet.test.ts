import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../support/project-root.js';

const css = readFileSync(join(projectRoot, 'src/web/ui/stylesheet.css'), 'utf8');
const colours = new Map([...css.matchAll(/--([a-z-]+):\s*(#[0-9a-f]{6});/g)].map(([, name = '', value = '']) => [name, value]));

/** https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
function luminance(hex: string): number {
  const channel = (from: number): number => {
    const value = parseInt(hex.slice(from, from + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}
const contrast = (a: string, b: string): number => {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
};
const colour = (name: string): string => colours.get(name) ?? name;

// https://www.w3.org/TR/WCAG22/#contrast-minimum and #non-text-contrast
describe('colours', () => {
  test.each([
    ['ink', 'ground'],
    ['quiet', 'ground'],
    ['quiet', 'card'],
    ['link', 'ground'],
    ['bad', 'card'],
    ['bad', 'bad-ground'],
    ['warn', 'warn-ground'],
    ['warn', 'card'],
    ['good', 'good-ground'],
    ['info', 'info-ground'],
    ['problem', 'card'],
    ['#ffffff', 'brand'],
    ['#ffffff', 'brand-deep'],
    ['#000000', 'focus'],
  ])('text in %s on %s has a contrast of 4.5 at least', (text, ground) => {
    expect(contrast(colour(text), colour(ground))).toBeGreaterThanOrEqual(4.5);
  });

  test('the line around a field has a contrast of 3 at least', () => {
    expect(contrast(colour('line-strong'), '#ffffff')).toBeGreaterThanOrEqual(3);
  });
});

test('nothing is loaded from anywhere', () => {
  expect(css).not.toMatch(/url\(|@import|@font-face/);
});
