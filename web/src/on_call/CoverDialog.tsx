import { Button, Modal, SegmentedControl, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useToast } from '../app/Toasts.tsx';
import { addOverride } from '../data/onCall.ts';
import { useFormats } from '../i18n/format.ts';
import { useAction } from '../states/useAction.ts';
import { MomentInput } from '../time/MomentInput.tsx';
import { PersonChip } from './PersonChip.tsx';
import { type Person, personName } from './PersonMenu.tsx';

/** The stretch of a schedule somebody is to take over, ms. */
export interface Cover {
  readonly schedule: string;
  readonly fromMs: number;
  /** The end of the shift. */
  readonly toMs: number;
  /** Who is on call in it, and so need not be asked. */
  readonly instead: readonly string[];
}

const hourMs = 3_600_000;
const choices = ['h1', 'h4', 'shift', 'own'] as const;
type Choice = (typeof choices)[number];

interface Props {
  readonly cover: Cover;
  readonly people: readonly Person[];
  readonly me: string;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

/** Asks who takes over until when: a tap on a person makes the override. */
export function CoverDialog({ cover, people, me, onDone, onClose }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const toast = useToast();
  const { busy, run } = useAction();
  const [choice, setChoice] = useState<Choice>('shift');
  const [own, setOwn] = useState<{ readonly fromMs: number | null; readonly toMs: number | null }>(cover);
  const [note, setNote] = useState('');
  const { fromMs, toMs } = choice === 'own' ? own : { fromMs: cover.fromMs, toMs: endOf(choice, cover) };
  const valid = fromMs !== null && toMs !== null && toMs > fromMs && toMs > Date.now();
  const others = people.filter(({ id }) => !cover.instead.includes(id));
  const take = (person: string): void => {
    if (!valid) return;
    run(
      () =>
        addOverride({
          ...{ schedule: cover.schedule, person, author: me, note: note.trim() },
          fromMs: Math.floor(fromMs),
          toMs: Math.ceil(toMs),
        }),
      () => {
        toast(t('onCall.covered', { person: personName(person, people), until: formats.short(toMs) }));
        onDone();
        onClose();
      },
    );
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('onCall.coverTitle', { schedule: cover.schedule })}
      closeButtonProps={{ 'aria-label': t('actions.close') }}
    >
      <div className="cover-form">
        <div className="field-label">{t('onCall.coverUntil')}</div>
        <SegmentedControl
          size="xs"
          fullWidth
          aria-label={t('onCall.coverUntil')}
          value={choice}
          onChange={(value) => setChoice(choices.find((one) => one === value) ?? 'shift')}
          data={choices.map((value) => ({ value, label: t(`onCall.coverFor.${value}`) }))}
        />
        {choice === 'own' ? (
          <div className="cover-ends">
            <MomentInput
              label={t('onCall.coverFrom')}
              ms={own.fromMs}
              onChange={(ms) => setOwn({ ...own, fromMs: ms })}
            />
            <MomentInput label={t('onCall.coverTo')} ms={own.toMs} onChange={(ms) => setOwn({ ...own, toMs: ms })} />
          </div>
        ) : (
          <div className="num">
            {formats.short(cover.fromMs)} – {formats.short(endOf(choice, cover))}
          </div>
        )}
        {!valid && <div className="tone-error">{t('onCall.coverOrder')}</div>}
        <TextInput
          size="xs"
          label={t('onCall.coverNote')}
          value={note}
          maxLength={4000}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        <div className="cover-people">
          {others.map(({ id }) => (
            <Button key={id} variant="default" justify="flex-start" disabled={busy || !valid} onClick={() => take(id)}>
              <PersonChip id={id} people={people} me={me} />
            </Button>
          ))}
        </div>
      </div>
    </Modal>
  );
}

function endOf(choice: Choice, { fromMs, toMs }: Cover): number {
  if (choice === 'h1') return fromMs + hourMs;
  return choice === 'h4' ? fromMs + 4 * hourMs : toMs;
}
