import { Button, Popover, Textarea } from '@mantine/core';
import { IconArrowBackUp, IconCheck, IconMessage, IconUserShare } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import type { ResponseAction, ResponsesAnswer } from '@trilith/contract';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useToast } from '../app/Toasts.tsx';
import { sendResponse } from '../data/onCall.ts';
import { useAction } from '../states/useAction.ts';
import { useMe } from './me.ts';
import { type Person, PersonMenu, personName } from './PersonMenu.tsx';
import { onCallKeys } from './useOnCall.ts';

interface Props {
  readonly groupKey: string;
  /** What was done about the group so far, if anything. */
  readonly response: ResponsesAnswer['responses'][number] | undefined;
  readonly people: readonly Person[];
}

/**
 * Acknowledge, assign and comment a group of alerts. The first time it asks who one is; the browser remembers.
 */
export function RespondButtons({ groupKey, response, people }: Props) {
  const { t } = useTranslation();
  const { me, setMe } = useMe();
  const { busy, run } = useAction();
  const toast = useToast();
  const client = useQueryClient();
  const known = people.length === 0 || people.some(({ id }) => id === me);
  const act = (action: ResponseAction, person: string, note = ''): void =>
    run(
      () => sendResponse({ groupKey, action, person, note }),
      () => {
        toast(t(`onCall.did.${action}`));
        void client.invalidateQueries({ queryKey: onCallKeys.responses });
      },
    );
  const actAs =
    (action: ResponseAction, note = '') =>
    (person: string): void => {
      setMe(person);
      act(action, person, note);
    };
  // An acknowledgement of alerts that are over says nothing about those that fire now.
  const acknowledged = response?.holds === true ? response.acknowledged : null;
  return (
    <div className="respond-buttons">
      {acknowledged !== null ? (
        <Button
          size="compact-sm"
          variant="default"
          disabled={busy}
          leftSection={<IconArrowBackUp size={14} aria-hidden />}
          onClick={() => act('unacknowledge', me === '' ? acknowledged.person : me)}
        >
          {t('onCall.takeBack')}
        </Button>
      ) : me !== '' && known ? (
        <Button
          size="compact-sm"
          disabled={busy}
          leftSection={<IconCheck size={14} aria-hidden />}
          onClick={() => act('acknowledge', me)}
        >
          {t('onCall.acknowledgeAs', { person: personName(me, people) })}
        </Button>
      ) : (
        <PersonMenu
          label={t('onCall.acknowledge')}
          people={people}
          disabled={busy}
          primary
          icon={<IconCheck size={14} aria-hidden />}
          onPick={actAs('acknowledge')}
        />
      )}
      <PersonMenu
        label={t('onCall.assign')}
        people={people}
        disabled={busy}
        icon={<IconUserShare size={14} aria-hidden />}
        onPick={(person) => act('assign', person)}
      />
      {me !== '' && <CommentButton busy={busy} onSend={(text) => act('comment', me, text)} />}
    </div>
  );
}

function CommentButton({ busy, onSend }: { readonly busy: boolean; readonly onSend: (text: string) => void }) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(false);
  const [text, setText] = useState('');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (text.trim() === '') return;
    onSend(text.trim());
    setText('');
    setOpened(false);
  };
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-start" shadow="md" withinPortal trapFocus>
      <Popover.Target>
        <Button
          size="compact-sm"
          variant="default"
          disabled={busy}
          aria-expanded={opened}
          leftSection={<IconMessage size={14} aria-hidden />}
          onClick={() => setOpened(!opened)}
        >
          {t('onCall.comment')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <form onSubmit={submit} className="person-form">
          <Textarea
            size="xs"
            aria-label={t('onCall.comment')}
            autosize
            minRows={2}
            maxRows={8}
            maxLength={4000}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            data-autofocus
          />
          <Button type="submit" size="compact-sm" variant="light" disabled={text.trim() === ''}>
            {t('onCall.send')}
          </Button>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
