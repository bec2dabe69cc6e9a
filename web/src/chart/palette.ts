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
  '#8fa8ff',
  '#67c7f2',
  '#d9a6ff',
  '#c2a878',
  '#5fb3a1',
  '#ff9e9e',
  '#7d8df0',
  '#9ccf6a',
  '#e7b7d0',
  '#6fb0d6',
  '#cf8bd9',
  '#a3b2c6',
  '#e6c45c',
  '#5cc2e6',
  '#a68a64',
] as const;
const light = [
  '#0f62fe',
  '#8a3ffc',
  '#007d79',
  '#b82a75',
  '#9a4f14',
  '#3d56c7',
  '#0b6a9e',
  '#7a35b0',
  '#75602c',
  '#1f6f5f',
  '#b3404a',
  '#3a3fa8',
  '#4d7a1f',
  '#94466f',
  '#2f6690',
  '#8a3a96',
  '#55657c',
  '#806300',
  '#00708f',
  '#6b4e2a',
] as const;

export type Theme = 'dark' | 'light';

/** A stable index for a name: the same service has the same colour on every screen (FNV-1a). */
export function colorIndex(name: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at += 1) {
    hash ^= name.charCodeAt(at);
    hash = Math.imul(hash, 0x01000193);
  }
  return (hash >>> 0) % dark.length;
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
