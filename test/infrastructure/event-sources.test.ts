import { expect, it } from 'vitest';
import { z } from 'zod';
import { eventSources } from '../../local/event-sources.ts';
import { ofType, synthesize } from './synthesized.ts';

const Mapping = z.object({
  BatchSize: z.number(),
  BisectBatchOnFunctionError: z.boolean(),
  FunctionResponseTypes: z.array(z.string()),
  MaximumRetryAttempts: z.number(),
  MaximumRecordAgeInSeconds: z.number(),
  FilterCriteria: z.object({ Filters: z.array(z.object({ Pattern: z.string() })) }),
});

it('reads the stream here as the stack lets Lambda read it', () => {
  const mappings = ofType(synthesize().resources, 'AWS::Lambda::EventSourceMapping');
  expect(mappings).toHaveLength(Object.keys(eventSources).length);
  for (const [name, local] of Object.entries(eventSources)) {
    const resourceName = name.replace(/(^|-)(\w)/g, (_, __, letter: string) => letter.toUpperCase());
    const mapping = Mapping.parse(mappings.find(({ logicalId }) => logicalId.includes(resourceName))?.Properties);
    expect(mapping.FilterCriteria.Filters.map(({ Pattern }) => JSON.parse(Pattern))).toEqual(local.filters);
    expect({
      batchSize: mapping.BatchSize,
      bisectBatchOnFunctionError: mapping.BisectBatchOnFunctionError,
      reportBatchItemFailures: mapping.FunctionResponseTypes.includes('ReportBatchItemFailures'),
      maximumRetryAttempts: mapping.MaximumRetryAttempts,
      maximumRecordAgeSeconds: mapping.MaximumRecordAgeInSeconds,
    }).toEqual({
      batchSize: local.batchSize,
      bisectBatchOnFunctionError: local.bisectBatchOnFunctionError,
      reportBatchItemFailures: local.reportBatchItemFailures,
      maximumRetryAttempts: local.maximumRetryAttempts,
      maximumRecordAgeSeconds: local.maximumRecordAgeSeconds,
    });
  }
});
