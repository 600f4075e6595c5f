/* history_csv: an account's whole history as CSV (RFC 4180), oldest first, written while it is read.
 *
 * Amounts are in token units. Texts that a spreadsheet would take for a formula begin with an apostrophe. */
#ifndef ZK_API_HISTORY_CSV_H
#define ZK_API_HISTORY_CSV_H

#include "api/worker.h"

/* Answers with the stream. */
void history_csv(struct api *api, const eth_address *address, struct http_exchange *x);

#define CSV_FIELD_MAX 512
/* Writes one field as CSV, quoted if it must be; returns the length. */
size_t csv_field(char out[CSV_FIELD_MAX], const char *text);

#endif
