/* schema: the tables, and the way from each version of them to the next. docs/store.md explains them.
 *
 * A database says which version it has. Opening with `create` applies the migrations that are missing, each in one
 * transaction with the new version number; so a program that is killed in between leaves one version or the next. */
#ifndef ZK_STORE_SCHEMA_H
#define ZK_STORE_SCHEMA_H

#include "store/sql.h"

/* migrations[k] leads from version k to k + 1. */
extern const char *const schema_migrations[];
extern const unsigned schema_newest;

/* 0: an empty database. */
ZK_MUST_USE zk_err schema_version(struct sql *c, unsigned *version);

/* Applies what is missing of n migrations. ZK_ERR_UNSUPPORTED if the database is newer. */
ZK_MUST_USE zk_err schema_migrate(struct sql *c, const char *const *migrations, unsigned n);

#endif
