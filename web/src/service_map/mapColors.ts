import type { Theme } from '../chart/palette.ts';
import { canvasTokens, levelColors } from '../chart/tokens.ts';
import type { NodeAlerts } from './nodeAlerts.ts';
import type { severityOf } from './visible.ts';

export interface MapColors {
  readonly line: string;
  readonly surface: string;
  readonly text: string;
  readonly dim: string;
  readonly accent: string;
  readonly error: string;
  readonly warning: string;
}

/** Written into the drawing itself, so that a saved picture keeps them. */
export function mapColors(theme: Theme): MapColors {
  const { axis, surface, text } = canvasTokens[theme];
  return {
    line: theme === 'dark' ? '#56637a' : '#98a5b5',
    surface,
    text,
    dim: axis,
    accent: levelColors[theme].info ?? '',
    error: levelColors[theme].error ?? '',
    warning: levelColors[theme].warn ?? '',
  };
}

export function severityColor(severity: ReturnType<typeof severityOf>, colors: MapColors): string {
  return severity === 'none' ? colors.line : colors[severity];
}

export function alertColor(severity: NodeAlerts['severity'], colors: MapColors): string {
  if (severity === 'critical') return colors.error;
  return severity === 'warning' ? colors.warning : colors.accent;
}
