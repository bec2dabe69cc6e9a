import type { Expr, LogExpr } from '@trilith/lang/logql';
import { compileLabelFilter, compileMatcher } from './label_filter.ts';
import { replacePattern } from './label_replace.ts';
import { compilePipeline } from './pipeline.ts';

/**
 * Compiles all that a query holds, so that a mistake is told even where no stream makes it matter.
 * @throws LogqlError
 */
export function checkPatterns(expr: Expr): void {
  switch (expr.kind) {
    case 'log':
      checkLog(expr);
      break;
    case 'variants':
      checkLog(expr.of.log);
      expr.variants.forEach(checkPatterns);
      break;
    case 'range_aggregation':
      checkLog(expr.range.log);
      expr.range.unwrap?.filters.forEach(compileLabelFilter);
      break;
    case 'vector_aggregation':
      checkPatterns(expr.inner);
      break;
    case 'binary':
      checkPatterns(expr.left);
      checkPatterns(expr.right);
      break;
    case 'label_replace':
      replacePattern(expr);
      checkPatterns(expr.inner);
      break;
    case 'literal':
    case 'vector':
      break;
  }
}

function checkLog(log: LogExpr): void {
  log.matchers.forEach(compileMatcher);
  compilePipeline(log.stages);
}
