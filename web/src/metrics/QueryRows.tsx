import { Button } from '@mantine/core';
import { IconLayoutSidebar, IconMathFunction, IconPlayerPlayFilled, IconPlus } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../app/IconButton.tsx';
import { QueryRowBox } from './QueryRowBox.tsx';
import { changedRow, type Letter, letters, type QueryRow, withoutRow, withRow } from './queryRows.ts';
import type { Remark } from './remarks.ts';

interface Props {
  /** The rows as they are typed. */
  readonly rows: readonly QueryRow[];
  readonly remarks: ReadonlyMap<Letter, readonly Remark[]>;
  readonly browser: boolean;
  readonly onBrowser: () => void;
  /** What is typed, not asked yet. */
  readonly onType: (letter: Letter, text: string) => void;
  /** Asks these rows. */
  readonly onRows: (rows: readonly QueryRow[]) => void;
}

/** The queries of the page, one under the other. */
export function QueryRows({ rows, remarks, browser, onBrowser, onType, onRows }: Props) {
  const { t } = useTranslation();
  const alone = rows.length === 1;
  const full = rows.length === letters.length;
  return (
    <div className="query-rows">
      {rows.map((row) => (
        <QueryRowBox
          key={row.letter}
          row={row}
          alone={alone}
          remarks={remarks.get(row.letter) ?? []}
          onType={(text) => onType(row.letter, text)}
          onRun={(text) => onRows(changedRow(rows, row.letter, { text }))}
          onChange={(change) => onRows(changedRow(rows, row.letter, change))}
          onCopy={() => onRows(withRow(rows, { ...row, on: true }))}
          onRemove={() => onRows(withoutRow(rows, row.letter))}
        />
      ))}
      <div className="query-actions">
        <IconButton
          label={browser ? t('metrics.hideBrowser') : t('metrics.showBrowser')}
          active={browser}
          onClick={onBrowser}
        >
          <IconLayoutSidebar size={17} aria-hidden />
        </IconButton>
        <Button size="xs" leftSection={<IconPlayerPlayFilled size={12} aria-hidden />} onClick={() => onRows(rows)}>
          {t('metrics.run')}
        </Button>
        <Button
          size="xs"
          variant="default"
          disabled={full}
          leftSection={<IconPlus size={13} aria-hidden />}
          onClick={() => onRows(withRow(rows, {}))}
        >
          {t('metrics.addQuery')}
        </Button>
        <Button
          size="xs"
          variant="default"
          disabled={full}
          leftSection={<IconMathFunction size={13} aria-hidden />}
          onClick={() => onRows(withRow(rows, { formula: true }))}
        >
          {t('metrics.addFormula')}
        </Button>
      </div>
    </div>
  );
}
