import { describe, expect, it } from 'vitest';
import { FilterPattern, matches } from '../../local/filter-pattern.ts';

const record = {
  eventName: 'MODIFY',
  dynamodb: {
    Keys: { pk: { S: 'SKU#RED-MUG' }, sk: { S: 'STOCK#main' } },
    NewImage: { note: { NULL: true }, empty: { S: '' }, tags: { SS: ['fragile', 'heavy'] }, units: { N: '7' } },
    SizeBytes: 120,
    nothing: null,
  },
};

const sk = (...rules: unknown[]) => ({ dynamodb: { Keys: { sk: { S: rules } } } });
const size = (...rules: unknown[]) => ({ dynamodb: { SizeBytes: rules } });
const tags = (...rules: unknown[]) => ({ dynamodb: { NewImage: { tags: { SS: rules } } } });
const missing = (...rules: unknown[]) => ({ dynamodb: { OldImage: { status: { S: rules } } } });

describe('a filter pattern', () => {
  it.each<[string, unknown, boolean]>([
    ['matches everything when it asks for nothing', {}, true],
    ['takes an exact string', sk('STOCK#main'), true],
    ['refuses another string', sk('STOCK#other'), false],
    ['takes any of several', sk('x', 'STOCK#main'), true],
    ['wants all of the fields', { eventName: ['INSERT'], ...sk('STOCK#main') }, false],
    ['takes a prefix', sk({ prefix: 'STOCK#' }), true],
    ['refuses another prefix', sk({ prefix: 'SHIPMENT#' }), false],
    ['takes one of two prefixes', sk({ prefix: 'SHIPMENT#' }, { prefix: 'STOCK#' }), true],
    ['finds no prefix in what is missing', missing({ prefix: '' }), false],
    ['takes a suffix', sk({ suffix: '#main' }), true],
    ['refuses another suffix', sk({ suffix: 'STOCK' }), false],
    ['can ignore case', sk({ 'equals-ignore-case': 'stock#MAIN' }), true],
    ['is strict about case otherwise', sk('stock#MAIN'), false],
    ['takes what is there', sk({ exists: true }), true],
    ['refuses what is there', sk({ exists: false }), false],
    ['takes what is not there', missing({ exists: false }), true],
    ['refuses what is not there', missing({ exists: true }), false],
    ['sees leaves only', { dynamodb: { Keys: [{ exists: true }] } }, false],
    ['takes anything but a value', sk({ 'anything-but': 'x' }), true],
    ['takes anything but some values', sk({ 'anything-but': ['x', 'STOCK#main'] }), false],
    ['takes anything but a prefix', sk({ 'anything-but': { prefix: 'STOCK#' } }), false],
    ['finds nothing that is anything but', missing({ 'anything-but': ['x'] }), false],
    ['takes null', { dynamodb: { nothing: [null] } }, true],
    ['tells null from missing', { dynamodb: { missing: [null] } }, false],
    ['takes the empty string', { dynamodb: { NewImage: { empty: { S: [''] } } } }, true],
    ['takes true', { dynamodb: { NewImage: { note: { NULL: [true] } } } }, true],
    ['takes a number', size(120), true],
    ['compares numbers', size({ numeric: ['=', 120] }), true],
    ['takes a number in a range', size({ numeric: ['>', 100, '<=', 120] }), true],
    ['refuses a number out of a range', size({ numeric: ['>=', 100, '<', 120] }), false],
    [
      'cannot compare the numbers of DynamoDB, which are strings',
      { dynamodb: { NewImage: { units: { N: [{ numeric: ['>', 0] }] } } } },
      false,
    ],
    ['takes one element of a set', tags('heavy'), true],
    ['takes a set with an element that is anything but', tags({ 'anything-but': 'heavy' }), true],
    ['refuses a set without the element', tags('cold'), false],
    ['takes one of the alternatives', { $or: [{ eventName: ['INSERT'] }, sk({ prefix: 'STOCK#' })] }, true],
    ['refuses when no alternative matches', { $or: [{ eventName: ['INSERT'] }, sk('x')] }, false],
    ['takes alternatives besides other fields', { eventName: ['INSERT'], $or: [sk('STOCK#main'), sk('x')] }, false],
    [
      'takes alternatives deep inside',
      { dynamodb: { $or: [{ SizeBytes: [1] }, { Keys: { pk: { S: [{ prefix: 'SKU#' }] } } }] } },
      true,
    ],
  ])('%s', (_, pattern, expected) => {
    expect(matches(FilterPattern.parse(pattern), record)).toBe(expected);
  });

  it('looks into each object of a list', () => {
    const pattern = FilterPattern.parse({ lines: { sku: ['A'], units: [2] } });
    expect(matches(pattern, { lines: [{ sku: 'B' }, { sku: 'A', units: 2 }] })).toBe(true);
    expect(
      matches(pattern, {
        lines: [
          { sku: 'A', units: 1 },
          { sku: 'B', units: 2 },
        ],
      }),
    ).toBe(false);
  });

  it.each([
    ['a rule outside of a list', { eventName: 'INSERT' }],
    ['an empty list', { eventName: [] }],
    ['an unknown rule', sk({ contains: 'x' })],
    ['two rules in one', sk({ prefix: 'a', suffix: 'b' })],
    ['an unknown comparison', size({ numeric: ['!=', 1] })],
    ['a bound that is missing', size({ numeric: ['>'] })],
    ['alternatives that are none', { $or: [{ eventName: ['INSERT'] }] }],
    ['a list for a pattern', []],
  ])('is refused when it has %s', (_, pattern) => {
    expect(FilterPattern.safeParse(pattern).success).toBe(false);
  });
});
