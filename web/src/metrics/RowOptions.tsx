import { ActionIcon, Popover, SegmentedControl, TextInput } from '@mantine/core';
import { IconAdjustments } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type QueryRow, stepMsOf, stepText } from './queryRows.ts';

interface Props {
  readonly row: QueryRow;
  readonly onChange: (change: Partial<Omit<QueryRow, 'letter'>>) => void;
}

/** How one query is asked and named: legend, finest step, over the range or once. */
export function RowOptions({ row, onChange }: Props) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(false);
  const label = t('metrics.options', { letter: row.letter });
  const changed = row.legend !== '' || row.minStepMs > 0 || row.type === 'instant';
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" shadow="md" withinPortal trapFocus>
      <Popover.Target>
        <ActionIcon
          variant={changed ? 'light' : 'subtle'}
          color={changed ? 'blue' : 'gray'}
          size={28}
          aria-label={label}
          title={label}
          onClick={() => setOpened(!opened)}
        >
          <IconAdjustments size={16} aria-hidden />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown>
        <Options row={row} onChange={onChange} />
      </Popover.Dropdown>
    </Popover>
  );
}

function Options({ row, onChange }: Props) {
  const { t } = useTranslation();
  const [legend, setLegend] = useState(row.legend);
  const [step, setStep] = useState(stepText(row.minStepMs));
  const bad = step.trim() !== '' && stepMsOf(step) === 0;
  const apply = (): void => {
    if (bad || (legend === row.legend && stepMsOf(step) === row.minStepMs)) return;
    onChange({ legend, minStepMs: stepMsOf(step) });
  };
  return (
    <form
      className="row-options"
      onSubmit={(event) => {
        event.preventDefault();
        apply();
      }}
      onBlur={apply}
    >
      <TextInput
        size="xs"
        label={t('metrics.legendFormat')}
        placeholder="{{method}} {{status}}"
        value={legend}
        onChange={(event) => setLegend(event.currentTarget.value)}
      />
      <TextInput
        size="xs"
        label={t('metrics.minStep')}
        placeholder="15s"
        value={step}
        error={bad ? t('metrics.minStepBad') : null}
        onChange={(event) => setStep(event.currentTarget.value)}
      />
      <div>
        <div className="field-label">{t('metrics.queryType')}</div>
        <SegmentedControl
          size="xs"
          value={row.type}
          onChange={(type) => onChange({ type: type === 'instant' ? 'instant' : 'range' })}
          data={[
            { value: 'range', label: t('metrics.typeRange') },
            { value: 'instant', label: t('metrics.typeInstant') },
          ]}
        />
      </div>
      <button type="submit" className="visually-hidden">
        {t('time.apply')}
      </button>
    </form>
  );
}
