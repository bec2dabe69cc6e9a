/**
 * Twenty categorical colours, readable on both themes; green, red and amber are left out because they mean healthy,
 * error and warning. The hexadecimal values are for dark; `onLight` darkens them.
 */
const dark = [
  '#4c9aff',
  '#b48cf2',
  '#3fc9c9',
  '#f28cc0',
  '#e0975a',
  '#b9bf52',
  '#8c7bff',
  '#d9a6ff',
  '#c2a878',
  '#5fb3a1',
  '#f5a5a0',
  '#67c7f2',
  '#a8c686',
  '#e7b7d0',
  '#6f9fd6',
  '#cf6bd9',
  '#a3b2c6',
  '#e6d25c',
  '#3fb3e0',
  '#b08a5a',
] as const;
const light = [
  '#0f62fe',
  '#8a3ffc',
  '#007d79',
  '#b82a75',
  '#9a4f14',
  '#686b00',
  '#4b3fd1',
  '#7a35b0',
  '#75602c',
  '#1f6f5f',
  '#a8403f',
  '#0b6a9e',
  '#4d6b2f',
  '#94466f',
  '#2f5c9e',
  '#9b2aa8',
  '#55657c',
  '#806300',
  '#00708f',
  '#6b4e2a',
] as const;

export type Theme = 'dark' | 'light';

/** A stable index for a name: the same service has the same colour on every screen (FNV-1a, then mixed). */
export function colorIndex(name: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at += 1) {
    hash ^= name.charCodeAt(at);
    hash = Math.imul(hash, 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % dark.length;
}

/** The nth colour of a theme; wraps after twenty. */
export function paletteColor(index: number, theme: Theme): string {
  const colors = theme === 'dark' ? dark : light;
  return colors[index % colors.length] ?? colors[0];
}

/** The colour of a service. */
export function serviceColor(name: string, theme: Theme): string {
  return paletteColor(colorIndex(name), theme);
}
