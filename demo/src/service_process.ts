import { runService, type ServiceCode, type ServiceKit } from './runtime/service.ts';
import { readSettings } from './runtime/settings.ts';
import { antifraud } from './services/antifraud.ts';
import { fraudConsumer } from './services/fraud_consumer.ts';
import { ledger } from './services/ledger.ts';
import { loadGenerator } from './services/load_generator.ts';
import { notifications } from './services/notifications.ts';
import { paymentsApi } from './services/payments_api.ts';
import type { ServiceName } from './topology.ts';

/** The entry of every child process: runs the service its first argument names. */
const CODE: Readonly<Record<ServiceName, (kit: ServiceKit) => ServiceCode>> = {
  'payments-api': paymentsApi,
  'antifraud-service': antifraud,
  'fraud-consumer': fraudConsumer,
  ledger,
  notifications,
  'load-generator': loadGenerator,
};

const settings = readSettings(process.argv[2]);
await runService(settings, CODE[settings.service]);
