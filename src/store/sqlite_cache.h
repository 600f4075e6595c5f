/* sqlite_cache: makes SQLite's page cache cheap to commit with.
 *
 * While SQLite balances a tree it gives a page, for a moment, a number far behind the end of the database (the page at
 * 2^30 bytes, where a lock is and never data). Its page cache remembers the highest number it has ever seen, and looks
 * at the end of every such transaction through all that it holds for pages behind the end: 65,000 of them in a
 * cache of 256 MiB, as long as the file is smaller than 2^30 bytes. That was a twelfth of the store's time with 10^6
 * accounts. Here the same cache is wrapped by one that knows better which is the highest page, and asks for nothing
 * when nothing is behind the end. */
#ifndef ZK_STORE_SQLITE_CACHE_H
#define ZK_STORE_SQLITE_CACHE_H

/* Before any other use of SQLite in the process; later calls do nothing. Also turns off SQLite's count of allocated
 * bytes, which takes a lock at every allocation. If SQLite is in use already, all stays as it was. */
void sqlite_cache_install(void);

#endif
