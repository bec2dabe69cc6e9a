import { Button, Menu, TextInput } from '@mantine/core';
import type { OnCallAnswer } from '@trilith/contract';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';

export type Person = Pick<OnCallAnswer['people'][number], 'id' | 'name'>;

/** What a person is called; ids of people who are not in the file any more stand for themselves. */
export function personName(id: string, people: readonly Person[]): string {
  const name = people.find((person) => person.id === id)?.name ?? '';
  return name === '' ? id : name;
}

interface Props {
  readonly label: string;
  readonly people: readonly Person[];
  readonly onPick: (person: string) => void;
  readonly icon?: ReactNode;
  readonly disabled?: boolean;
  /** Stands out: what is most often done here. */
  readonly primary?: boolean;
}

/** A button that asks for a person; where no people are configured a name is written. */
export function PersonMenu({ label, people, onPick, icon, disabled = false, primary = false }: Props) {
  const { t } = useTranslation();
  const [written, setWritten] = useState('');
  const [opened, setOpened] = useState(false);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (written.trim() === '') return;
    setOpened(false);
    onPick(written.trim());
  };
  return (
    <Menu opened={opened} onChange={setOpened} position="bottom-start" shadow="md" withinPortal>
      <Menu.Target>
        <Button size="compact-sm" variant={primary ? 'filled' : 'default'} leftSection={icon} disabled={disabled}>
          {label}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {people.length === 0 ? (
          <form onSubmit={submit} className="person-form">
            <TextInput
              size="xs"
              label={t('onCall.yourName')}
              value={written}
              onChange={(event) => setWritten(event.currentTarget.value)}
              maxLength={256}
              data-autofocus
            />
            <Button type="submit" size="compact-sm" variant="light">
              {label}
            </Button>
          </form>
        ) : (
          people.map(({ id }) => (
            <Menu.Item key={id} onClick={() => onPick(id)}>
              {personName(id, people)}
            </Menu.Item>
          ))
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
