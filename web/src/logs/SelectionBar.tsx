import { Button, Menu, Modal } from '@mantine/core';
import { IconCopy, IconGitCompare, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../app/IconButton.tsx';
import { useCopy } from '../app/Toasts.tsx';
import { useFormats } from '../i18n/format.ts';
import { exactTime, jsonText } from './LogJson.tsx';
import { diffWords } from './lineDiff.ts';
import { jsonOf } from './lineView.ts';
import type { LogRow } from './rows.ts';
import type { Selection } from './useSelection.ts';

type CopyAs = 'text' | 'json' | 'markdown' | 'links';

/** Lines as text to paste, oldest first. */
function copied(rows: readonly LogRow[], as: CopyAs, linkTo: (row: LogRow) => string): string {
  const ordered = rows.toReversed();
  switch (as) {
    case 'text':
      return ordered.map((row) => row.line).join('\n');
    case 'json':
      return `[${ordered.map((row) => jsonText(row, exactTime(row))).join(',\n')}]`;
    case 'markdown':
      return ordered
        .map((row) => {
          const level = row.level === 'unknown' ? '' : ` ${row.level.toUpperCase()}`;
          const fence = row.line.includes('```') ? '````' : '```';
          return `\`${exactTime(row)}\`${level} **${row.service}** ([link](${linkTo(row)}))\n${fence}\n${row.line}\n${fence}`;
        })
        .join('\n\n');
    case 'links':
      return ordered.map(linkTo).join('\n');
  }
}

interface Props {
  readonly selection: Selection;
  readonly linkTo: (row: LogRow) => string;
}

/** Over the list while lines are picked: copy them, or set two beside each other. */
export function SelectionBar({ selection, linkTo }: Props) {
  const { t } = useTranslation();
  const copy = useCopy();
  const [comparing, setComparing] = useState(false);
  const { rows } = selection;
  const [newer, older] = rows;
  if (rows.length === 0) return null;
  const kinds: readonly CopyAs[] = ['text', 'json', 'markdown', 'links'];
  return (
    <div className="selection-bar" role="toolbar" aria-label={t('logs.selected', { count: rows.length })}>
      <span className="num">{t('logs.selected', { count: rows.length })}</span>
      <Menu position="bottom-start">
        <Menu.Target>
          <Button size="compact-xs" variant="default" leftSection={<IconCopy size={13} aria-hidden />}>
            {t('actions.copy')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {kinds.map((as) => (
            <Menu.Item key={as} onClick={() => copy(copied(rows, as, linkTo), t('actions.copied'))}>
              {t(`logs.copyAs.${as}`)}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Button
        size="compact-xs"
        variant="default"
        disabled={rows.length !== 2}
        leftSection={<IconGitCompare size={13} aria-hidden />}
        onClick={() => setComparing(true)}
      >
        {t('logs.diff')}
      </Button>
      <IconButton size={22} label={t('logs.clearSelection')} onClick={selection.clear}>
        <IconX size={13} aria-hidden />
      </IconButton>
      {comparing && older !== undefined && newer !== undefined && (
        <LineDiff older={older} newer={newer} onClose={() => setComparing(false)} />
      )}
    </div>
  );
}

interface DiffProps {
  readonly older: LogRow;
  readonly newer: LogRow;
  readonly onClose: () => void;
}

/** A line's text as it is compared: JSON indented, so that fields stand under each other. */
function comparable(row: LogRow): string {
  const object = jsonOf(row.line);
  return object === null ? row.line : JSON.stringify(object, null, 2);
}

/** Two lines as one text with what only one of them has, and the fields that differ. */
function LineDiff({ older, newer, onClose }: DiffProps) {
  const { t } = useTranslation();
  const formats = useFormats();
  const parts = diffWords(comparable(older), comparable(newer));
  const fields = (row: LogRow): Readonly<Record<string, string>> => ({ ...row.labels, ...row.metadata, ...row.parsed });
  const [before, after] = [fields(older), fields(newer)];
  const differing = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => before[name] !== after[name],
  );
  let at = 0;
  return (
    <Modal opened onClose={onClose} title={t('logs.diffTitle')} size="xl">
      <div className="diff-times num">
        <span className="diff-older">− {formats.dateTime(older.ms)}</span>
        <span className="diff-newer">+ {formats.dateTime(newer.ms)}</span>
      </div>
      <pre className="code-block diff-text">
        {parts.map((part) => {
          const key = at;
          at += part.text.length + 1;
          if (part.side === 'both') return <span key={key}>{part.text}</span>;
          return part.side === 'older' ? (
            <del key={key} className="diff-older">
              {part.text}
            </del>
          ) : (
            <ins key={key} className="diff-newer">
              {part.text}
            </ins>
          );
        })}
      </pre>
      {differing.length > 0 && (
        <table className="table diff-fields">
          <tbody>
            {differing.map((name) => (
              <tr key={name}>
                <th className="mono">{name}</th>
                <td className="mono break diff-older">{before[name] ?? '·'}</td>
                <td className="mono break diff-newer">{after[name] ?? '·'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Modal>
  );
}
