import { useTranslation } from 'react-i18next';
import { serviceColor } from '../chart/palette.ts';
import { useTheme } from '../chart/tokens.ts';
import { type Person, personName } from './PersonMenu.tsx';

interface Props {
  readonly id: string;
  readonly people: readonly Person[];
  readonly me: string;
}

/** A person with the colour they have on every screen. */
export function PersonChip({ id, people, me }: Props) {
  const { t } = useTranslation();
  const theme = useTheme();
  return (
    <span className="person-chip" title={id}>
      <span className="swatch" style={{ background: serviceColor(id, theme) }} />
      {personName(id, people)}
      {id === me && <span className="dim"> ({t('onCall.you')})</span>}
    </span>
  );
}
