#include "store/sqlite_cache.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdlib.h>

#define LOCK_BYTE 0x40000000

/* inner  SQLite's own cache
 * highest  no page has a higher number, but one that has the number `aside` for a moment */
struct cache {
    sqlite3_pcache *inner;
    unsigned highest, aside;
    bool has_aside;
};

static sqlite3_pcache_methods2 own; /* SQLite's */

static struct cache *of(sqlite3_pcache *p)
{
    return (struct cache *)(void *)p;
}

static sqlite3_pcache *cache_create(int page_bytes, int extra_bytes, int purgeable)
{
    struct cache *c = calloc(1, sizeof *c);
    if (c == NULL) return NULL;
    c->aside = LOCK_BYTE / (unsigned)page_bytes + 1;
    c->inner = own.xCreate(page_bytes, extra_bytes, purgeable);
    if (c->inner != NULL) return (sqlite3_pcache *)(void *)c;
    free(c);
    return NULL;
}

static void cache_destroy(sqlite3_pcache *p)
{
    own.xDestroy(of(p)->inner);
    free(of(p));
}

static void cache_size(sqlite3_pcache *p, int pages)
{
    own.xCachesize(of(p)->inner, pages);
}

static int cache_count(sqlite3_pcache *p)
{
    return own.xPagecount(of(p)->inner);
}

static void cache_shrink(sqlite3_pcache *p)
{
    own.xShrink(of(p)->inner);
}

static void note(struct cache *c, unsigned number)
{
    if (number == c->aside)
        c->has_aside = true;
    else if (number > c->highest)
        c->highest = number;
}

static sqlite3_pcache_page *cache_fetch(sqlite3_pcache *p, unsigned number, int create)
{
    sqlite3_pcache_page *page = own.xFetch(of(p)->inner, number, create);
    if (page != NULL) note(of(p), number);
    return page;
}

static void cache_unpin(sqlite3_pcache *p, sqlite3_pcache_page *page, int discard)
{
    own.xUnpin(of(p)->inner, page, discard);
}

static void cache_rekey(sqlite3_pcache *p, sqlite3_pcache_page *page, unsigned from, unsigned to)
{
    own.xRekey(of(p)->inner, page, from, to);
    if (from == of(p)->aside) of(p)->has_aside = false;
    note(of(p), to);
}

static void cache_truncate(sqlite3_pcache *p, unsigned limit)
{
    struct cache *c = of(p);
    if (limit > c->highest && !c->has_aside) return;
    own.xTruncate(c->inner, limit);
    if (limit <= c->highest) c->highest = limit > 0 ? limit - 1 : 0;
    if (limit <= c->aside) c->has_aside = false;
}

static void install(void)
{
    static sqlite3_pcache_methods2 wrapped = {.iVersion = 1,
                                              .xCreate = cache_create,
                                              .xCachesize = cache_size,
                                              .xPagecount = cache_count,
                                              .xFetch = cache_fetch,
                                              .xUnpin = cache_unpin,
                                              .xRekey = cache_rekey,
                                              .xTruncate = cache_truncate,
                                              .xDestroy = cache_destroy,
                                              .xShrink = cache_shrink};
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    if (sqlite3_config(SQLITE_CONFIG_GETPCACHE2, &own) != SQLITE_OK) return;
    if (own.iVersion < 1 || own.xCreate == NULL) return;
    wrapped.pArg = own.pArg;
    wrapped.xInit = own.xInit;
    wrapped.xShutdown = own.xShutdown;
    (void)sqlite3_config(SQLITE_CONFIG_PCACHE2, &wrapped);
}

void sqlite_cache_install(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, install);
}
