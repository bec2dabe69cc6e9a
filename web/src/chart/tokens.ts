import { useComputedColorScheme } from '@mantine/core';
import type { Theme } from './palette.ts';

export function useTheme(): Theme {
  return useComputedColorScheme('dark');
}

/** Colours for canvases, the same values as the CSS tokens. */
export const canvasTokens: Readonly<
  Record<Theme, { readonly axis: string; readonly grid: string; readonly surface: string; readonly text: string }>
> = {
  dark: { axis: '#98a3b3', grid: 'rgba(152,163,179,0.13)', surface: '#161a21', text: '#dfe5ee' },
  light: { axis: '#5a6676', grid: 'rgba(70,84,104,0.14)', surface: '#ffffff', text: '#1b232e' },
};

/** Log levels keep one meaning everywhere: red is an error, amber a warning, blue information, grey the rest. */
export const levelColors: Readonly<Record<Theme, Readonly<Record<string, string>>>> = {
  dark: {
    fatal: '#e5357a',
    error: '#f0575c',
    warn: '#e5a63b',
    info: '#4c9aff',
    debug: '#7d8898',
    trace: '#5d6776',
    unknown: '#8d97a5',
  },
  light: {
    fatal: '#a8124f',
    error: '#cf222e',
    warn: '#b06a00',
    info: '#1667d9',
    debug: '#77828f',
    trace: '#9aa4b0',
    unknown: '#8a94a1',
  },
};
