import { Select } from '@mantine/core';
import { IconFilter } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useParam } from '../url/view.ts';
import { useServices } from './useServices.ts';

/** One service for every screen, or all of them. */
export function ScopeSelect() {
  const { t } = useTranslation();
  const [chosen, set] = useParam('scope');
  const scope = chosen ?? '';
  const names = (useServices().data?.services ?? []).map((service) => service.name);
  const options = scope !== '' && !names.includes(scope) ? [scope, ...names] : names;
  return (
    <Select
      className="scope-select"
      size="xs"
      searchable
      clearable
      aria-label={t('header.scope')}
      placeholder={t('header.allServices')}
      leftSection={<IconFilter size={14} aria-hidden />}
      data={options}
      value={scope === '' ? null : scope}
      onChange={(value) => set({ scope: value })}
      nothingFoundMessage={t('palette.nothing')}
      comboboxProps={{ width: 240, position: 'bottom-start' }}
    />
  );
}
