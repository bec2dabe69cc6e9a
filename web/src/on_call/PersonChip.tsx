import { useTranslation } from 'react-i18next';
import { paletteColor, type Theme } from '../chart/palette.ts';
import { useTheme } from '../chart/tokens.ts';
import { type Person, personName } from './PersonMenu.tsx';

interface Props {
  readonly id: string;
  readonly people: readonly Person[];
  readonly me: string;
}

/** The colour of a person: by the place in the file, so that no two of the first twenty look alike. */
export function personColor(id: string, people: readonly Person[], theme: Theme): string {
  return paletteColor(
    Math.max(
      0,
      people.findIndex((person) => person.id === id),
    ),
    theme,
  );
}

/** A person with the colour they have on every screen. */
export function PersonChip({ id, people, me }: Props) {
  const { t } = useTranslation();
  const theme = useTheme();
  return (
    <span className="person-chip" title={id}>
      <span className="swatch" style={{ background: personColor(id, people, theme) }} />
      {personName(id, people)}
      {id === me && <span className="dim"> ({t('onCall.you')})</span>}
    </span>
  );
}
