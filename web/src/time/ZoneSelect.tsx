import { Select } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useTime } from './TimeContext.tsx';
import { offsetText, zoneName } from './zone.ts';

/** UTC, the browser's zone, Moscow first; then every zone the browser knows. */
export function ZoneSelect() {
  const { t } = useTranslation();
  const { zone, setZone, nowMs } = useTime();
  const named = Intl.supportedValuesOf('timeZone').filter((name) => name !== 'UTC' && name !== 'Europe/Moscow');
  const option = (value: string, label: string) => ({ value, label: `${label} (${offsetText(nowMs, value)})` });
  const data = [
    option('local', `${t('time.local')}: ${zoneName('local')}`),
    option('utc', t('time.utc')),
    option('Europe/Moscow', 'MSK, Europe/Moscow'),
    // The offsets of four hundred zones are not worth computing for a closed list.
    ...named.map((value) => ({ value, label: value })),
  ];
  return (
    <Select
      size="xs"
      label={t('time.zone')}
      searchable
      allowDeselect={false}
      limit={60}
      data={data}
      value={zone}
      onChange={(value) => setZone(value ?? 'local')}
      nothingFoundMessage={t('palette.nothing')}
      comboboxProps={{ withinPortal: false }}
    />
  );
}
