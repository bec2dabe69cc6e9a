/** What can be made to go wrong, at start (`--fault a,b`) or later (`POST /faults/NAME/on`). */
export const FAULTS = {
  card_declined: 'the card network declines a third of all payments',
  timeout_error: 'the risk provider does not answer antifraud-service: TimeoutError, payments end in 504',
  slow_antifraud: 'antifraud-service takes 250–600 ms: p95 of the API passes 200 ms',
  consumer_lag: 'fraud-consumer nearly stands still: kafka_consumergroup_lag passes 60,000 in half a minute',
  dead_letters: 'notifications are refused and pile up in payments.dlq',
  deadlocks: 'ledger transactions deadlock in the database',
} as const;

export type Fault = keyof typeof FAULTS;
export const FAULT_NAMES = Object.keys(FAULTS) as Fault[];

export function isFault(name: string): name is Fault {
  return Object.hasOwn(FAULTS, name);
}
