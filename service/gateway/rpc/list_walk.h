#ifndef SERVICE_GATEWAY_RPC_LIST_WALK_H_
#define SERVICE_GATEWAY_RPC_LIST_WALK_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace billing::gateway::rpc {

// Objects [begin, end) of a list, as upstream counts pages: page 3 of size 10 are objects 20 to 29.
struct PageWindow {
  int64_t page = 1;  // counted from 1
  int32_t size = 0;

  int64_t begin() const { return (page - 1) * size; }
  int64_t end() const { return page * size; }
};

// The page of `most` objects or fewer that holds object `offset` and reaches furthest behind it.
PageWindow WindowOver(int64_t offset, int32_t most);

// Which pages to read, so that no object is missed while objects come and go.
//
// Upstream counts pages by offset: an object that goes moves all behind it forward, and may so move
// one from a page that is still to be read to one that was read. So each page is asked for such
// that it overlaps the one before, and is taken only if it does: it must hold several objects of
// the page before, in their order. What stood behind those in the list then stands in this page or
// behind it, however far apart in time and in whichever order the two were read. A page that shows
// no overlap is dropped with all that were asked for after it, and the walk goes back until a page
// overlaps or begins the list.
//
// What this rests on: objects that stay keep their order among each other. One that moves is missed
// if it moves from what is not read yet to what is. Where fewer objects were found than the list
// held all the while by its own count, it is walked again; if that brings nothing new, the walk
// says so. A page with fewer objects than that count makes them is followed by one that begins at
// its end.
//
// Where upstream does not let the page's size be chosen there are no overlaps; such a list must
// only grow.
//
// Not thread-safe. Pages may be asked for ahead: Take them in the order of Next.
class ListWalk {
 public:
  struct Options {
    int32_t page_size = 0;  // what the caller wants
    int32_t max_size = 0;   // what upstream gives
    bool size_is_fixed = false;
  };
  explicit ListWalk(const Options& options);

  struct Page {
    PageWindow window;
    std::vector<std::string> keys;  // of its objects, in order
    std::optional<int64_t> total;   // objects of the whole list, if upstream tells
  };
  enum class Verdict {
    kGoOn,
    kGoBack,      // all that was asked for and not taken is to be dropped; Next begins elsewhere
    kUnstable,    // the list changes faster than it can be read, or comes round again and again
    kIncomplete,  // upstream counts more objects than it gave
  };

  // The next page to ask for; nothing where it is not known whether there is another one.
  std::optional<PageWindow> Next();
  // A page that Next named was read. With kGoOn its objects belong to the list, else it is dropped.
  Verdict Take(const Page& page);
  // How many objects of the page that was just taken had not been met before.
  Verdict Found(size_t fresh);
  int64_t found() const { return found_; }
  // Objects of the whole list: the least that a page of this walk over it told.
  std::optional<int64_t> least_total() const { return least_total_; }
  // Everything was read: no further page is needed.
  bool done() const { return done_; }

 private:
  Verdict GoBack(const Page& page);
  Verdict EndPass();
  bool Overlaps(const std::vector<std::string>& keys) const;
  void JudgeEnd(const Page& page);

  const Options options_;
  int32_t size_;                  // to ask for
  int64_t next_ = 0;              // first object that Next's page must hold
  int asked_ = 0;                 // pages that Next named and Take has not seen
  std::optional<int64_t> total_;  // as the last page told
  // The same, the least of this walk: at least so many objects were there to be found.
  std::optional<int64_t> least_total_;
  std::vector<std::string> before_;  // keys of the last page that was taken
  int64_t end_ = 0;                  // behind its last object
  bool begins_ = false;              // it began the list
  bool last_ = false;                // it was the last one
  bool short_ = false;               // upstream kept objects back that it counts
  int64_t found_ = 0;                // objects over all passes
  int64_t found_by_pass_ = 0;
  int64_t idle_pages_ = 0;  // taken in a row that brought nothing new
  int passes_ = 1;
  int steps_back_ = 0;  // since a page was taken that carried the walk on
  bool done_ = false;
};

}  // namespace billing::gateway::rpc

#endif  // SERVICE_GATEWAY_RPC_LIST_WALK_H_
