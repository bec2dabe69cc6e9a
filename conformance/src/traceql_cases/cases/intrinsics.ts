import { type Chapter, table } from '../trace_case.ts';

/** Rules of construct-traceql-queries: intrinsic fields. */
export const INTRINSICS: Chapter = {
  data: 'calls',
  cases: table([
    ['name', '{ name = "c" }', 'c'],
    ['span:name', '{ span:name = "c" }', 'c'],
    ['duration', '{ duration > 15ms }', 'ad'],
    ['span:duration', '{ span:duration >= 100ms }', 'a'],
    ['a duration compares with a number of ns', '{ duration = 20000000 }', 'd'],
    ['status', '{ status = error }', 'c'],
    ['status unequal', '{ status != unset }', 'c'],
    ['a status is no string attribute', '{ .who = error }', ''],
    ['status message', '{ statusMessage = "declined" }', 'c'],
    ['kind', '{ kind = server }', 'ap'],
    ['span:kind', '{ span:kind = client }', 'c'],
    ['children', '{ span:childCount = 2 }', 'ab'],
    ['no children', '{ span:childCount = 0 }', 'efgp'],
    ['span id', '{ span:id = "6464646464646464" }', 'd'],
    ['parent id', '{ span:parentID = "6262626262626262" }', 'de'],
    ['a root has no parent id', '{ span:parentID = "" }', 'a', 'in Tempo a root’s parent id is nil'],
    ['trace id', '{ trace:id =~ "1.*" }', 'abcdefgop'],
    ['the trace’s duration', '{ traceDuration >= 100ms }', 'abcdefgop'],
    ['trace:duration', '{ trace:duration < 100ms }', ''],
    ['the root’s name', '{ rootName = "a" }', 'abcdefgop'],
    ['trace:rootService', '{ trace:rootService = "shop" }', 'abcdefgop'],
    ['the left number of the root', '{ nestedSetLeft = 1 }', 'a'],
    ['a root’s parent is -1', '{ nestedSetParent = -1 }', 'a'],
    ['the parent’s left number', '{ nestedSetParent = 1 }', 'bc'],
    [
      'where the parent has not arrived it is 0',
      '{ nestedSetParent = 0 }',
      'o',
      'Tempo knows no structure of spans without their root',
    ],
    [
      'a leaf’s numbers are neighbours',
      '{ nestedSetRight - nestedSetLeft = 1 }',
      'efgp',
      'Tempo knows no structure of spans without their root',
    ],
  ]),
};
