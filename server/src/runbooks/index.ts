/** Runbooks: Markdown files of a folder with live queries, found by alerts, their links checked before they are needed. */
export { findRunbook, type RunbookPlaces } from './find_runbook.ts';
export { EMPTY_LIBRARY, type Library, problemsOf, readLibrary, runbookAt } from './library.ts';
export { createLinkCheck } from './link_check.ts';
export { queriesOf } from './read_runbook.ts';
export {
  addressesElsewhere,
  countDeadLinks,
  foundAt,
  type RuleWithRunbook,
  type RunbookSources,
  runbookAnswerOf,
  runbookOfRule,
  runbooksAnswerOf,
} from './runbook_answers.ts';
