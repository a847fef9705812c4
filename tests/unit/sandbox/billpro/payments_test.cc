#include "absl/strings/str_cat.h"
#include "tests/unit/sandbox/billpro/billpro_testing.h"

namespace billing::sandbox::billpro {
namespace {

// The rows of the reference's section 5.2, and what section 3.7 allows.
class PaymentStatesTest : public BillProTest {
 protected:
  int64_t Active(int64_t order) {
    DoOk(order, "approve");
    return order;
  }
  std::string Ids(int64_t order, std::initializer_list<size_t> indices) {
    std::string ids;
    for (size_t index : indices) {
      absl::StrAppend(&ids, ids.empty() ? "" : ", ", PaymentId(order, index));
    }
    return ids;
  }
  // How often a payment went through the processor.
  int Attempts(int64_t payment, int64_t order) {
    const Reply reply = Control("GET", absl::StrCat("orders/", order));
    int attempts = 0;
    for (const Json& one : reply.data().Find("transactions")->elements()) {
      if (Field(one, "scheduled_payment_id") == std::to_string(payment)) ++attempts;
    }
    return attempts;
  }
  // A retry that many days from now.
  std::string InDays(int days) {
    const std::string at = absl::FormatTime(
        "%Y-%m-%dT%H:%M:%SZ", sandbox_.world().Now() + absl::Hours(24 * days), absl::UTCTimeZone());
    return absl::StrCat(R"("status": "scheduled", "scheduled_at": ")", at, "\"");
  }
};

constexpr char kLater[] = R"("status": "scheduled", "scheduled_at": "2026-03-20T10:00:00Z")";

TEST_F(PaymentStatesTest, AnInstalmentOrderHasAllEventsAtOnce) {
  const int64_t order = Instalments();
  EXPECT_EQ(Payments(order), "scheduled,scheduled,scheduled");
  // Nothing can be collected before activation.
  Advance("200d");
  EXPECT_EQ(Payments(order), "scheduled,scheduled,scheduled");
  DoOk(order, "approve");
  EXPECT_EQ(Payments(order), "complete,complete,complete");
}

TEST_F(PaymentStatesTest, OrAtActivation) {
  Setting(R"("events_at_activation": true)");
  const int64_t order = Instalments();
  EXPECT_EQ(Payments(order), "");
  DoOk(order, "approve");
  EXPECT_EQ(Payments(order), "scheduled,scheduled,scheduled");
}

TEST_F(PaymentStatesTest, ASubscriptionHasOneForTheNextCycle) {
  const int64_t order = Subscription();
  EXPECT_EQ(Payments(order), "");
  DoOk(order, "approve");
  EXPECT_EQ(Payments(order, "scheduled_at"), "2026-04-01T12:00:00.000Z");
  EXPECT_EQ(Payments(order, "scheduled_interval"), "1");
  EXPECT_EQ(Payments(order, "scheduled_duration_unit"), "MONTH");
  Advance("31d");
  EXPECT_EQ(Payments(order), "complete,scheduled");
  EXPECT_EQ(Payments(order, "scheduled_at"), "2026-04-01T12:00:00.000Z,2026-05-01T12:00:00.000Z");
}

TEST_F(PaymentStatesTest, AMeteredOrderHasWhatIsScheduledInTheUi) {
  const int64_t order = Active(Metered());
  EXPECT_EQ(Payments(order), "");
  DoOk(order, "charge", R"({"amount": "3.50", "scheduled_at": "2026-03-05"})");
  EXPECT_EQ(Payments(order), "scheduled");
  Advance("4d");
  EXPECT_EQ(Payments(order), "complete");
  DoOk(order, "charge", R"({"amount": "1"})");
  EXPECT_EQ(Payments(order), "complete,complete");
  EXPECT_EQ(Do(order, "charge", R"({"amount": "0"})").status, 400);
  EXPECT_EQ(Do(order, "charge").status, 400);
  EXPECT_EQ(Do(Active(Subscription()), "charge", R"({"amount": "1"})").status, 400);
}

TEST_F(PaymentStatesTest, ScheduledIsApprovedOrDeclined) {
  const int64_t order = Active(Instalments());
  DoOk(order, "outcomes", R"({"next": ["approved", "soft-declined", "hard-declined"]})");
  Setting(R"("retry_days": [])");
  Advance("100d");
  EXPECT_EQ(Payments(order), "complete,soft-declined,hard-declined");
}

TEST_F(PaymentStatesTest, ApprovedForAnotherAmountIsReview) {
  const int64_t order = Active(Subscription());
  DoOk(order, "approve", R"({"amount": "9.99"})");
  EXPECT_EQ(Payments(order), "review,scheduled");
  EXPECT_EQ(Status(order), "active");
}

TEST_F(PaymentStatesTest, PausedWithItsOrderAndBack) {
  const int64_t order = Active(Subscription());
  Api("PUT", absl::StrCat("orders/", order, "/pause_order"));
  EXPECT_EQ(Payments(order), "paused");
  Api("PUT", absl::StrCat("orders/", order, "/resume_order"));
  EXPECT_EQ(Payments(order), "scheduled");
}

TEST_F(PaymentStatesTest, TheApiReschedulesSkipsAndCancels) {
  const std::pair<const char*, const char*> kUpdates[] = {
      {kLater, "scheduled"},
      {R"("status": "skipped")", "skipped"},
      {R"("status": "cancelled")", "cancelled"}};
  const char* const kDeclines[] = {"", R"({"result": "soft-declined"})",
                                   R"({"result": "hard-declined"})"};
  for (const auto& [update, status] : kUpdates) {
    for (const char* decline : kDeclines) {
      const int64_t order = Active(Instalments());
      if (*decline != '\0') DoOk(order, "decline", decline);
      const Reply reply = UpdatePayment(order, 0, update);
      EXPECT_EQ(reply.status, 200) << update << decline << reply.text;
      EXPECT_EQ(Field(reply.body, "status"), status);
    }
  }
}

TEST_F(PaymentStatesTest, ARescheduledRetryIsCollectedOnItsDate) {
  Setting(R"("retry_days": [])");
  const int64_t order = Active(Subscription());
  DoOk(order, "decline");
  EXPECT_EQ(UpdatePayment(order, 0, R"("status": "scheduled")").status, 422);  // no date
  EXPECT_EQ(UpdatePayment(order, 0, kLater).status, 200);
  EXPECT_EQ(Status(order), "failed");
  Advance("20d");
  EXPECT_EQ(Payments(order), "complete,scheduled");
  EXPECT_EQ(Status(order), "active");
}

TEST_F(PaymentStatesTest, AnApprovedRetryRecovers) {
  const int64_t order = Active(Subscription());
  DoOk(order, "decline");
  Advance("23h");
  EXPECT_EQ(Payments(order), "soft-declined,scheduled");
  Advance("1h");
  EXPECT_EQ(Payments(order), "recovered,scheduled");
  const int64_t by_hand = Active(Subscription());
  DoOk(by_hand, "decline");
  DoOk(by_hand, "approve");
  EXPECT_EQ(Payments(by_hand), "recovered,scheduled");
}

TEST_F(PaymentStatesTest, ANewCardRecoversASoftDecline) {
  const int64_t failed = Active(Subscription());
  DoOk(failed, "decline");
  DoOk(failed, "update-card");
  EXPECT_EQ(Payments(failed), "recovered,scheduled");
  EXPECT_EQ(Status(failed), "active");
  Setting(R"("retry_days": [1])");
  const int64_t suspended = Active(Subscription());
  DoOk(suspended, "decline");
  DoOk(suspended, "outcomes", R"({"then": "soft-declined"})");
  Advance("2d");
  EXPECT_EQ(Status(suspended), "suspended");
  DoOk(suspended, "update-card");
  EXPECT_EQ(Payments(suspended), "recovered,scheduled");
  EXPECT_EQ(Status(suspended), "active");
}

TEST_F(PaymentStatesTest, ARetryMayBeHardDeclined) {
  const int64_t order = Active(Subscription());
  DoOk(order, "decline");
  DoOk(order, "outcomes", R"({"next": ["hard-declined"]})");
  Advance("1d");
  EXPECT_EQ(Payments(order), "hard-declined,scheduled");
  EXPECT_EQ(Status(order), "suspended");
}

TEST_F(PaymentStatesTest, AutomaticRetriesComeOnTheirDaysAndThreeTimesAtMost) {
  Setting(R"("auto_suspend": false)");
  const int64_t order = Active(Instalments());
  DoOk(order, "decline");
  DoOk(order, "outcomes", R"({"then": "soft-declined"})");
  const auto attempts = [&] {
    const std::string all = Transactions(order);
    return std::count(all.begin(), all.end(), ',');
  };
  EXPECT_EQ(attempts(), 1);
  for (const char* span : {"1d", "2d", "4d"}) {  // 1, 3 and 7 days after the decline
    const auto before = attempts();
    Advance(span);
    EXPECT_EQ(attempts(), before + 1) << span;
  }
  Advance("20d");
  EXPECT_EQ(attempts(), 4);
}

TEST_F(PaymentStatesTest, FifteenAttemptsWithinThirtyDays) {
  Setting(R"("retry_days": [], "auto_suspend": false)");
  const int64_t order = Active(Subscription());
  const std::string first = absl::StrCat(R"({"scheduled_payment_id": )", PaymentId(order, 0), "}");
  for (int i = 0; i < 15; ++i) DoOk(order, "decline", first);
  EXPECT_EQ(Do(order, "decline", first).status, 400);
  EXPECT_EQ(Do(order, "approve", first).status, 400);
  const int64_t late = Active(Subscription());
  const std::string its = absl::StrCat(R"({"scheduled_payment_id": )", PaymentId(late, 0), "}");
  DoOk(late, "decline", its);
  Advance("30d1s");
  EXPECT_EQ(Do(late, "approve", its).status, 400);
}

TEST_F(PaymentStatesTest, FifteenAttemptsByHandTheApiAndTheClockTogether) {
  Setting(R"("auto_suspend": false)");
  const int64_t order = Active(Instalments());
  DoOk(order, "decline");
  DoOk(order, "outcomes", R"({"then": "soft-declined"})");
  const int64_t payment = PaymentId(order, 0);
  Advance("4d");  // two automatic retries
  EXPECT_EQ(Attempts(payment, order), 3);
  while (Attempts(payment, order) < 14) {
    ASSERT_EQ(UpdatePayment(order, 0, InDays(1)).status, 200) << Attempts(payment, order);
    Advance("1d");
  }
  DoOk(order, "decline", absl::StrCat(R"({"scheduled_payment_id": )", payment, "}"));
  const Reply refused = UpdatePayment(order, 0, InDays(1));
  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(refused.text, R"({"error": "Bad Request"})");
  EXPECT_EQ(UpdatePayment(order, 0, R"("amount": 5)").status, 200);  // is no attempt
  Advance("60d");
  EXPECT_EQ(Attempts(payment, order), 15);
  EXPECT_EQ(UpdatePayment(order, 0, R"("status": "skipped")").status, 200);
}

TEST_F(PaymentStatesTest, TheThirtyDaysCountFromTheFirstSoftDecline) {
  Setting(R"("retry_days": [])");
  const int64_t order = Active(Subscription());
  DoOk(order, "decline");
  DoOk(order, "outcomes", R"({"then": "soft-declined"})");
  EXPECT_EQ(UpdatePayment(order, 0, InDays(29)).status, 200);
  EXPECT_EQ(UpdatePayment(order, 0, R"("scheduled_at": "2026-03-31T12:00:01Z")").status, 422);
  Advance("29d");
  EXPECT_EQ(Payments(order), "soft-declined,scheduled");
  EXPECT_EQ(UpdatePayment(order, 0, InDays(2)).status, 422);
  EXPECT_EQ(UpdatePayment(order, 0, InDays(1)).status, 200);
  Advance("1d");
  EXPECT_EQ(UpdatePayment(order, 0, InDays(1)).status, 422);
  EXPECT_EQ(Attempts(PaymentId(order, 0), order), 3);
}

TEST_F(PaymentStatesTest, AutomaticRetriesEndWithTheThirtyDays) {
  Setting(R"("retry_days": [1, 3])");
  const int64_t order = Active(Subscription());
  DoOk(order, "decline");
  DoOk(order, "outcomes", R"({"next": ["soft-declined", "soft-declined"]})");
  EXPECT_EQ(UpdatePayment(order, 0, InDays(28)).status, 200);
  Advance("28d");
  EXPECT_EQ(Status(order), "failed");
  Advance("1d");  // the next one would come after the thirty days
  EXPECT_EQ(Status(order), "suspended");
  EXPECT_EQ(Payments(order), "soft-declined,scheduled");
}

TEST_F(PaymentStatesTest, AutomaticRetriesAreThreeWhateverTheApiRepeats) {
  Setting(R"("auto_suspend": false)");
  const int64_t order = Active(Instalments());
  DoOk(order, "decline");
  DoOk(order, "outcomes", R"({"then": "soft-declined"})");
  Advance("8d");
  EXPECT_EQ(Attempts(PaymentId(order, 0), order), 4);
  EXPECT_EQ(UpdatePayment(order, 0, InDays(1)).status, 200);
  Advance("15d");
  EXPECT_EQ(Attempts(PaymentId(order, 0), order), 5);
}

TEST_F(PaymentStatesTest, ARetryThatAPauseMadeTooLateIsNotMade) {
  for (const char* days : {"[]", "[1]"}) {
    Setting(absl::StrCat(R"("retry_days": )", days));
    const int64_t order = Active(Subscription());
    DoOk(order, "decline");
    EXPECT_EQ(UpdatePayment(order, 0, InDays(20)).status, 200);
    Api("PUT", absl::StrCat("orders/", order, "/pause_order"));
    EXPECT_EQ(UpdatePayment(order, 0, InDays(31)).status, 422);
    Advance("35d");
    Api("PUT", absl::StrCat("orders/", order, "/resume_order"));
    Advance("1s");
    EXPECT_EQ(Attempts(PaymentId(order, 0), order), 1);
    EXPECT_EQ(Payments(order), "soft-declined,scheduled");
    EXPECT_EQ(Status(order), days == std::string("[]") ? "failed" : "suspended");
  }
}

TEST_F(PaymentStatesTest, AnAutomaticRetryThatAPauseMadeTooLateIsNotMade) {
  const int64_t order = Active(Subscription());
  DoOk(order, "decline");
  Api("PUT", absl::StrCat("orders/", order, "/pause_order"));
  Advance("31d");
  Api("PUT", absl::StrCat("orders/", order, "/resume_order"));
  Advance("1s");
  EXPECT_EQ(Attempts(PaymentId(order, 0), order), 1);
  EXPECT_EQ(Payments(order), "soft-declined,scheduled");
  EXPECT_EQ(Status(order), "suspended");
}

TEST_F(PaymentStatesTest, OnlyASoftDeclineStartsTheThirtyDays) {
  const int64_t order = Active(Instalments());
  DoOk(order, "decline", R"({"result": "hard-declined"})");
  EXPECT_EQ(UpdatePayment(order, 0, InDays(40)).status, 200);
}

TEST_F(PaymentStatesTest, AHardDeclineAfterASoftOneDoesNotLiftTheLimits) {
  Setting(R"("retry_days": [])");
  const int64_t order = Active(Instalments());
  DoOk(order, "decline");
  DoOk(order, "decline", R"({"result": "hard-declined"})");
  EXPECT_EQ(UpdatePayment(order, 0, InDays(31)).status, 422);
  EXPECT_EQ(UpdatePayment(order, 0, InDays(30)).status, 200);
}

TEST_F(PaymentStatesTest, ANewCardIsTriedAfterTheThirtyDays) {
  Setting(R"("retry_days": [])");
  const int64_t order = Active(Subscription());
  DoOk(order, "decline");
  Api("PUT", absl::StrCat("orders/", order, "/pause_order"));
  Advance("40d");
  Api("PUT", absl::StrCat("orders/", order, "/resume_order"));
  DoOk(order, "update-card");
  EXPECT_EQ(Payments(order), "recovered,scheduled");
}

TEST_F(PaymentStatesTest, AMergedEventIsTriedAnew) {
  Setting(R"("retry_days": [])");
  const int64_t order = Active(Instalments());
  DoOk(order, "decline");
  DoOk(order, "merge",
       absl::StrCat(R"({"scheduled_payment_ids": [)", Ids(order, {0, 1}),
                    R"(], "scheduled_at": "2026-05-10"})"));
  EXPECT_EQ(UpdatePayment(order, 3, InDays(60)).status, 200);
}

TEST_F(PaymentStatesTest, MergedInTheUi) {
  const int64_t order = Active(Instalments());
  DoOk(order, "decline");
  const std::string ids = Ids(order, {0, 1});
  DoOk(order, "merge",
       absl::StrCat(R"({"scheduled_payment_ids": [)", ids, R"(], "scheduled_at": "2026-03-10"})"));
  EXPECT_EQ(Payments(order), "merged,merged,scheduled,scheduled");
  EXPECT_EQ(Payments(order, "amount"), "30.00,30.00,30.00,60.00");
  EXPECT_EQ(Do(order, "merge", absl::StrCat(R"({"scheduled_payment_ids": [)", ids, "]}")).status,
            400);
  Advance("100d");
  EXPECT_EQ(Status(order), "complete");
}

TEST_F(PaymentStatesTest, MergesAreChecked) {
  const int64_t order = Active(Instalments());
  const std::string one = Ids(order, {0});
  for (const std::string& ids : {std::string(), one, one + ", " + one, one + ", 99"}) {
    EXPECT_EQ(Do(order, "merge", absl::StrCat(R"({"scheduled_payment_ids": [)", ids, "]}")).status,
              400)
        << ids;
  }
}

TEST_F(PaymentStatesTest, CancelledWithItsOrder) {
  const int64_t order = Active(Instalments());
  DoOk(order, "approve");
  DoOk(order, "decline");
  Api("PUT", absl::StrCat("orders/", order, "/cancel_order"));
  EXPECT_EQ(Payments(order), "complete,cancelled,cancelled");
}

TEST_F(PaymentStatesTest, ASkippedAmountLeavesTheTotal) {
  const int64_t order = Active(Instalments());
  EXPECT_EQ(UpdatePayment(order, 1, R"("status": "skipped")").status, 200);
  EXPECT_EQ(Get(order, "total_to_pay"), "70.00");
  Advance("100d");
  EXPECT_EQ(Payments(order), "complete,skipped,complete");
  EXPECT_EQ(Status(order), "complete");
}

TEST_F(PaymentStatesTest, ASkippedCycleIsFollowedByTheNext) {
  const int64_t order = Active(Subscription());
  EXPECT_EQ(UpdatePayment(order, 0, R"("status": "skipped")").status, 200);
  EXPECT_EQ(Payments(order), "skipped,scheduled");
  EXPECT_EQ(Payments(order, "scheduled_at"), "2026-04-01T12:00:00.000Z,2026-05-01T12:00:00.000Z");
}

TEST_F(PaymentStatesTest, WhatIsDoneWithCannotBeUpdated) {
  const int64_t order = Active(Instalments());
  DoOk(order, "approve");                         // complete
  DoOk(order, "approve", R"({"amount": "29"})");  // review
  const int64_t recovered = Active(Subscription());
  DoOk(recovered, "decline");
  DoOk(recovered, "approve");
  const int64_t merged = Active(Instalments());
  DoOk(merged, "merge", absl::StrCat(R"({"scheduled_payment_ids": [)", Ids(merged, {0, 1}), "]}"));
  const int64_t skipped = Active(Instalments());
  UpdatePayment(skipped, 0, R"("status": "skipped")");
  UpdatePayment(skipped, 1, R"("status": "cancelled")");
  for (const auto& [id, index] : std::vector<std::pair<int64_t, size_t>>{
           {order, 0}, {order, 1}, {recovered, 0}, {merged, 0}, {skipped, 0}, {skipped, 1}}) {
    EXPECT_EQ(UpdatePayment(id, index, kLater).status, 422) << Payments(id);
  }
}

TEST_F(PaymentStatesTest, APausedOneIsAcceptedButNotCollected) {
  const int64_t order = Active(Subscription());
  Api("PUT", absl::StrCat("orders/", order, "/pause_order"));
  EXPECT_EQ(UpdatePayment(order, 0, kLater).status, 200);
  Advance("25d");
  EXPECT_EQ(Payments(order), "paused");
  EXPECT_EQ(UpdatePayment(order, 0, R"("status": "cancelled")").status, 200);
  EXPECT_EQ(Payments(order), "cancelled,paused");
}

TEST_F(PaymentStatesTest, BadUpdatesAreUnprocessable) {
  const int64_t order = Active(Subscription());
  for (const char* fields :
       {"", R"("status": "complete")", R"("status": "paused")", R"("status": 1)", R"("amount": 0)",
        R"("amount": "-1")", R"("amount": "x")", R"("scheduled_at": "2026-03-01T11:59:59Z")",
        R"("scheduled_at": "10/07/2026")", R"("scheduled_at": "soon")",
        R"("scheduled_interval": 0)", R"("scheduled_interval": "x")",
        R"("scheduled_duration_unit": "HOUR")", R"("unknown": 1)"}) {
    const Reply reply = UpdatePayment(order, 0, fields);
    EXPECT_EQ(reply.status, 422) << fields;
    EXPECT_EQ(reply.text, R"({"error": "Bad Request"})");
  }
  const std::string path =
      absl::StrCat("orders/", order, "/scheduled_payments/", PaymentId(order, 0));
  EXPECT_EQ(Api("PUT", path, R"({"status": "skipped"})").status, 400);  // no outer key
  EXPECT_EQ(Api("PUT", path, "").status, 400);
  EXPECT_EQ(Api("PUT", absl::StrCat("scheduled_payments/", PaymentId(order, 0)),
                R"({"scheduled_payment": {"amount": "11"}})")
                .status,
            200);
}

TEST_F(PaymentStatesTest, AnAmountOnASubscriptionStays) {
  const int64_t order = Active(Subscription());
  EXPECT_EQ(UpdatePayment(order, 0, R"("amount": 12.5)").status, 200);
  Advance("31d");
  EXPECT_EQ(Payments(order, "amount"), "12.50,12.50");
  EXPECT_EQ(Get(order, "monthly_amount"), "12.50");
}

TEST_F(PaymentStatesTest, AnAmountOnASubscriptionReachesTheNextOne) {
  const int64_t order = Active(Subscription());
  DoOk(order, "decline");
  EXPECT_EQ(UpdatePayment(order, 0, R"("amount": 8)").status, 200);
  EXPECT_EQ(Payments(order, "amount"), "8.00,8.00");
  EXPECT_EQ(Get(order, "monthly_amount"), "8.00");
  Api("PUT", absl::StrCat("orders/", order, "/pause_order"));
  EXPECT_EQ(UpdatePayment(order, 0, R"("amount": 7)").status, 200);
  EXPECT_EQ(Payments(order, "amount"), "7.00,7.00");  // the paused one, too
}

TEST_F(PaymentStatesTest, AnAmountOnASubscriptionReachesNeitherEarlierNorDeclinedOnes) {
  Setting(R"("retry_days": [])");
  const int64_t order = Active(Subscription());
  DoOk(order, "decline");
  DoOk(order, "decline", absl::StrCat(R"({"scheduled_payment_id": )", PaymentId(order, 1), "}"));
  EXPECT_EQ(UpdatePayment(order, 2, R"("amount": 8)").status, 200);
  EXPECT_EQ(Payments(order, "amount"), "10.00,10.00,8.00");
  EXPECT_EQ(UpdatePayment(order, 0, R"("amount": 7)").status, 200);
  EXPECT_EQ(Payments(order, "amount"), "7.00,10.00,7.00");
  // An earlier one stays the earlier one on whatever date it is retried.
  EXPECT_EQ(UpdatePayment(order, 0, InDays(25)).status, 200);
  EXPECT_EQ(UpdatePayment(order, 2, R"("amount": 6)").status, 200);
  EXPECT_EQ(Payments(order, "amount"), "7.00,10.00,6.00");
}

TEST_F(PaymentStatesTest, AnAmountOnASubscriptionDoesNotReachASum) {
  const int64_t order = Active(Subscription());
  for (size_t i = 0; i < 3; ++i) {
    DoOk(order, "decline", absl::StrCat(R"({"scheduled_payment_id": )", PaymentId(order, i), "}"));
  }
  DoOk(order, "merge",
       absl::StrCat(R"({"scheduled_payment_ids": [)", Ids(order, {1, 2}),
                    R"(], "scheduled_at": "2026-03-10"})"));
  EXPECT_EQ(UpdatePayment(order, 0, R"("amount": 8)").status, 200);
  EXPECT_EQ(Payments(order, "amount"), "8.00,10.00,10.00,8.00,20.00");
}

TEST_F(PaymentStatesTest, AnAmountOfAnInstalmentIsItsOwn) {
  const int64_t order = Active(Instalments());
  EXPECT_EQ(UpdatePayment(order, 0, R"("amount": 8)").status, 200);
  EXPECT_EQ(Payments(order, "amount"), "8.00,30.00,30.00");
}

TEST_F(PaymentStatesTest, TheIntervalIsSetOnTheLastPaymentOfASubscription) {
  const int64_t order = Active(Subscription());
  EXPECT_EQ(UpdatePayment(order, 0, R"("scheduled_interval": 2,
      "scheduled_duration_unit": "WEEK")")
                .status,
            200);
  Advance("31d");
  EXPECT_EQ(Payments(order, "scheduled_at"), "2026-04-01T12:00:00.000Z,2026-04-15T12:00:00.000Z");
  EXPECT_EQ(Payments(order, "scheduled_interval"), "2,2");
  EXPECT_EQ(Get(order, "scheduled_duration_unit"), "MONTH");  // not shown on the order
  EXPECT_EQ(UpdatePayment(Active(Instalments()), 2, R"("scheduled_interval": 2)").status, 422);
}

TEST_F(PaymentStatesTest, APostponedPaymentMovesItsCycle) {
  const int64_t order = Active(Subscription());
  EXPECT_EQ(UpdatePayment(order, 0, R"("scheduled_at": "2026-04-10T08:00:00Z")").status, 200);
  Advance("45d");
  EXPECT_EQ(Payments(order, "scheduled_at"), "2026-04-10T08:00:00.000Z,2026-05-10T08:00:00.000Z");
}

TEST_F(PaymentStatesTest, StatusesMayBeSpelledWithUnderscores) {
  Setting(R"("underscore_statuses": true)");
  const int64_t order = Active(Subscription());
  DoOk(order, "decline");
  EXPECT_EQ(Payments(order), "soft_declined,scheduled");
}

TEST_F(PaymentStatesTest, NothingIsCollectedByHandOnHold) {
  const int64_t order = Active(Subscription());
  DoOk(order, "decline", R"({"result": "hard-declined"})");
  EXPECT_EQ(Do(order, "approve").status, 400);
  const int64_t paused = Active(Subscription());
  Api("PUT", absl::StrCat("orders/", paused, "/pause_order"));
  EXPECT_EQ(Do(paused, "approve").status, 400);
  EXPECT_EQ(Do(Active(Metered()), "approve").status, 400);  // has no event
  EXPECT_EQ(Do(Active(Instalments()), "approve", R"({"scheduled_payment_id": 1})").status, 400);
}

}  // namespace
}  // namespace billing::sandbox::billpro
