#include "absl/strings/str_cat.h"
#include "tests/unit/sandbox/billpro/billpro_testing.h"

namespace billing::sandbox::billpro {
namespace {

// The rows of the reference's section 5.1, in its order.
class OrderStatesTest : public BillProTest {
 protected:
  // An order as people save it in the web pages: a draft.
  int64_t Draft(std::string_view type = "single_payment", std::string_view more = "") {
    const int64_t product =
        AddProduct(absl::StrCat(R"("price": 20, "product_type": ")", std::string(type), "\""));
    const Reply reply = Control(
        "POST", "orders",
        absl::StrCat(R"({"type": ")", std::string(type), R"(", "order": {"customer_id": )",
                     AddPerson(), R"(, "currency": "GBP", "order_products": [{"product_id": )",
                     product, "}]}", std::string(more), "}"));
    EXPECT_EQ(reply.status, 200) << reply.text;
    return std::stoll(Field(reply.data(), "order:id"));
  }
  int64_t PreAuthorised() {
    const int64_t order = Draft("single_payment", R"(, "draft": false, "pre_authorise": true)");
    DoOk(order, "approve");
    return order;
  }
  int64_t Active(int64_t order) {
    DoOk(order, "approve");
    EXPECT_EQ(Status(order), "active");
    return order;
  }
  int64_t Failed(int64_t order) {
    Active(order);
    DoOk(order, "decline");
    EXPECT_EQ(Status(order), "failed");
    return order;
  }
  int64_t Suspended(int64_t order) {
    Active(order);
    DoOk(order, "decline", R"({"result": "hard-declined"})");
    EXPECT_EQ(Status(order), "suspended");
    return order;
  }
  Reply Change(int64_t order, std::string_view what) {
    return Api("PUT", absl::StrCat("orders/", order, "/", std::string(what), "_order"));
  }
  void ChangeOk(int64_t order, std::string_view what) {
    const Reply reply = Change(order, what);
    EXPECT_EQ(reply.status, 200) << reply.text;
    EXPECT_EQ(Field(reply.body, "status"), Status(order));
  }
};

TEST_F(OrderStatesTest, CreatedByTheApiItIsPending) {
  for (const int64_t order : {Single(), Instalments(), Subscription(), Metered()}) {
    EXPECT_EQ(Status(order), "pending");
    EXPECT_EQ(Get(order, "order_source"), "2");
  }
}

TEST_F(OrderStatesTest, SavedInTheUiItIsADraft) {
  const int64_t order = Draft();
  EXPECT_EQ(Status(order), "draft");
  EXPECT_EQ(Get(order, "order_source"), "1");
}

TEST_F(OrderStatesTest, ALinkMakesDraftAndRejectedPending) {
  const int64_t order = Draft();
  DoOk(order, "send-link");
  EXPECT_EQ(Status(order), "pending");
  const int64_t other = Draft();
  DoOk(other, "decline");
  DoOk(other, "send-link");
  EXPECT_EQ(Status(other), "pending");
}

TEST_F(OrderStatesTest, ADeclineAtTheTerminalRejects) {
  const int64_t order = Draft();
  for (int i = 0; i < 2; ++i) {  // from draft, then from rejected
    DoOk(order, "decline");
    EXPECT_EQ(Status(order), "rejected");
  }
  EXPECT_EQ(Get(order, "profile_payment_method"), "MOTO");
}

TEST_F(OrderStatesTest, AnApprovedDebitCompletesASingleOrder) {
  const int64_t rejected = Draft();
  DoOk(rejected, "decline");
  for (const int64_t order : {Single(), Draft(), rejected}) {
    DoOk(order, "approve");
    EXPECT_EQ(Status(order), "complete");
  }
}

TEST_F(OrderStatesTest, AnApprovedPreAuthorisationActivatesASingleOrder) {
  const int64_t order = PreAuthorised();
  EXPECT_EQ(Status(order), "active");
  EXPECT_EQ(Transactions(order), "PA 20.00 approved");
}

TEST_F(OrderStatesTest, AnApprovedPaymentOrRegistrationActivatesARecurringOrder) {
  for (const int64_t order : {Instalments(), Subscription(), Metered(), Draft("subscription")}) {
    Active(order);
  }
  Active(PlaceOk("metered", AddProduct(R"("product_type": "metered", "price": 1)"),
                 R"("initial_amount": 0)"));
}

TEST_F(OrderStatesTest, ADeclineByLinkLeavesItPending) {
  const int64_t order = Single();
  DoOk(order, "decline");
  DoOk(order, "decline", R"({"result": "hard-declined"})");
  EXPECT_EQ(Status(order), "pending");
}

TEST_F(OrderStatesTest, CancelEndsPreliminaryOrders) {
  const int64_t rejected = Draft();
  DoOk(rejected, "decline");
  const int64_t instalments = Instalments();
  for (const int64_t order : {Draft(), rejected, Single(), instalments}) {
    ChangeOk(order, "cancel");
    EXPECT_EQ(Status(order), "cancelled");
  }
  EXPECT_EQ(Payments(instalments), "cancelled,cancelled,cancelled");
  EXPECT_EQ(Do(instalments, "approve").status, 400);
}

TEST_F(OrderStatesTest, CaptureAndReversalComplete) {
  const int64_t captured = PreAuthorised();
  EXPECT_EQ(Do(captured, "capture", R"({"amount": "21"})").status, 400);
  EXPECT_EQ(Do(captured, "capture", R"({"amount": "5"})").status, 400);  // Stripe only
  DoOk(captured, "capture");
  EXPECT_EQ(Status(captured), "complete");
  EXPECT_EQ(Transactions(captured), "PA 20.00 approved,CP 20.00 approved");
  const int64_t reversed = PreAuthorised();
  DoOk(reversed, "reverse");
  EXPECT_EQ(Status(reversed), "complete");
  EXPECT_EQ(Do(reversed, "capture").status, 400);
  Setting(R"("processor": "stripe")");
  const int64_t part = PreAuthorised();
  DoOk(part, "capture", R"({"amount": "5"})");
  EXPECT_EQ(Transactions(part), "PA 20.00 approved,DB 5.00 approved");
}

TEST_F(OrderStatesTest, ASoftDeclineFails) {
  for (const int64_t order : {Instalments(), Subscription()}) Failed(order);
}

TEST_F(OrderStatesTest, AHardDeclineSuspends) {
  for (const int64_t order : {Instalments(), Subscription()}) Suspended(order);
  const int64_t order = Failed(Subscription());
  DoOk(order, "decline", R"({"result": "hard-declined"})");  // of the retry
  EXPECT_EQ(Status(order), "suspended");
}

TEST_F(OrderStatesTest, AnApprovedRetryActivatesAFailedOrder) {
  const int64_t order = Failed(Subscription());
  DoOk(order, "approve");
  EXPECT_EQ(Status(order), "active");
}

TEST_F(OrderStatesTest, ALaterApprovedEventActivatesAFailedOrder) {
  const int64_t order = Failed(Instalments());
  DoOk(order, "approve", absl::StrCat(R"({"scheduled_payment_id": )", PaymentId(order, 1), "}"));
  EXPECT_EQ(Status(order), "active");
  EXPECT_EQ(Payments(order), "soft-declined,complete,scheduled");
}

TEST_F(OrderStatesTest, UsedUpRetriesSuspendASubscription) {
  Setting(R"("retry_days": [1, 2])");
  const int64_t order = Failed(Subscription());
  DoOk(order, "outcomes", R"({"then": "soft-declined"})");
  Advance("30h");
  EXPECT_EQ(Status(order), "failed");
  Advance("24h");
  EXPECT_EQ(Status(order), "suspended");
  EXPECT_EQ(Payments(order), "soft-declined,scheduled");
  // Nothing is collected any more.
  Advance("60d");
  EXPECT_EQ(Payments(order), "soft-declined,scheduled");
}

TEST_F(OrderStatesTest, WithoutAutoSuspendItStaysFailed) {
  Setting(R"("auto_suspend": false)");
  const int64_t order = Failed(Subscription());
  DoOk(order, "outcomes", R"({"then": "soft-declined"})");
  Advance("20d");
  EXPECT_EQ(Status(order), "failed");
  const int64_t instalments = Failed(Instalments());
  Setting(R"("auto_suspend": true)");
  DoOk(instalments, "outcomes", R"({"then": "soft-declined"})");
  Advance("20d");
  EXPECT_EQ(Status(instalments), "failed");  // subscriptions only
}

TEST_F(OrderStatesTest, ANewCardRevivesASubscription) {
  const int64_t order = Suspended(Subscription());
  DoOk(order, "update-card");
  EXPECT_EQ(Status(order), "active");
  // The declined event is collected at once.
  EXPECT_EQ(Transactions(order), "DB 10.00 approved,DB 10.00 hard-declined,DB 10.00 approved");
  const int64_t again = Suspended(Subscription());
  DoOk(again, "update-card", R"({"result": "hard-declined"})");
  EXPECT_EQ(Status(again), "suspended");
  DoOk(again, "update-card", R"({"result": "soft-declined"})");
  EXPECT_EQ(Status(again), "failed");
}

TEST_F(OrderStatesTest, ANewCardMergesWhatAnInstalmentOrderOwes) {
  const int64_t active = Suspended(Instalments());
  DoOk(active, "update-card");
  EXPECT_EQ(Status(active), "active");
  EXPECT_EQ(Payments(active), "merged,scheduled,scheduled,complete");
  // Everything overdue by then: complete.
  const int64_t complete = Suspended(Instalments());
  Advance("100d");
  EXPECT_EQ(Payments(complete), "hard-declined,scheduled,scheduled");
  DoOk(complete, "update-card");
  EXPECT_EQ(Status(complete), "complete");
  EXPECT_EQ(Payments(complete), "merged,merged,merged,complete");
  EXPECT_EQ(Payments(complete, "amount"), "30.00,30.00,30.00,90.00");
  // Less than the total: review.
  const int64_t review = Suspended(Instalments());
  EXPECT_EQ(UpdatePayment(review, 1, R"("status": "cancelled")").status, 200);
  Advance("100d");
  DoOk(review, "update-card");
  EXPECT_EQ(Status(review), "review");
}

TEST_F(OrderStatesTest, ANewCardRevivesAMeteredOrderButNotManualPayments) {
  const int64_t order = Active(Metered());
  DoOk(order, "charge", R"({"amount": 7, "result": "soft-declined"})");
  EXPECT_EQ(Status(order), "failed");
  DoOk(order, "charge", R"({"amount": 8, "scheduled_at": "2026-03-02"})");
  DoOk(order, "outcomes", R"({"next": ["hard-declined"]})");
  Advance("1d");
  EXPECT_EQ(Status(order), "suspended");
  DoOk(order, "update-card");
  EXPECT_EQ(Status(order), "active");
  EXPECT_EQ(Payments(order), "soft-declined,complete");
  EXPECT_EQ(Payments(order, "amount"), "7.00,8.00");
}

TEST_F(OrderStatesTest, PauseAndResumeGoBackToWhatItWas) {
  const int64_t active = Active(Subscription());
  ChangeOk(active, "pause");
  EXPECT_EQ(Status(active), "paused");
  EXPECT_EQ(Payments(active), "paused");
  Advance("100d");
  EXPECT_EQ(Payments(active), "paused");  // nothing is collected
  ChangeOk(active, "resume");
  EXPECT_EQ(Status(active), "active");
  // The next event is collected on schedule: the first date of its cycle that is left.
  EXPECT_EQ(Payments(active), "scheduled");
  EXPECT_EQ(Payments(active, "scheduled_at"), "2026-07-01T12:00:00.000Z");
  const int64_t failed = Failed(Subscription());
  ChangeOk(failed, "pause");
  ChangeOk(failed, "resume");
  EXPECT_EQ(Status(failed), "failed");
}

TEST_F(OrderStatesTest, AResumeDateIsProgrammedInTheUi) {
  const int64_t order = Active(Subscription());
  EXPECT_EQ(Do(order, "resume", R"({"at": "2026-03-20"})").status, 400);
  ChangeOk(order, "pause");
  DoOk(order, "resume", R"({"at": "2026-03-20"})");
  Advance("18d");
  EXPECT_EQ(Status(order), "paused");
  Advance("1d");
  EXPECT_EQ(Status(order), "active");
}

TEST_F(OrderStatesTest, OnlyLiveSubscriptionsPauseAndOnlyPausedOnesResume) {
  for (const int64_t order : {Active(Instalments()), Active(Metered()), Subscription(),
                              Suspended(Subscription()), PreAuthorised()}) {
    EXPECT_EQ(Change(order, "pause").status, 422) << Status(order);
    EXPECT_EQ(Change(order, "resume").status, 422) << Status(order);
  }
  const int64_t paused = Active(Subscription());
  ChangeOk(paused, "pause");
  EXPECT_EQ(Change(paused, "pause").status, 422);
}

TEST_F(OrderStatesTest, AllCollectedIsComplete) {
  const int64_t order = Active(Instalments());
  Advance("62d");
  EXPECT_EQ(Status(order), "active");
  Advance("31d");
  EXPECT_EQ(Status(order), "complete");
  EXPECT_EQ(Payments(order), "complete,complete,complete");
}

TEST_F(OrderStatesTest, TooMuchIsReviewAndCollectionGoesOn) {
  const int64_t order = Active(Instalments());
  DoOk(order, "approve", R"({"amount": "95.00"})");
  EXPECT_EQ(Status(order), "review");
  EXPECT_EQ(Payments(order), "review,scheduled,scheduled");
  Advance("100d");
  EXPECT_EQ(Payments(order), "review,complete,complete");
  EXPECT_EQ(Status(order), "review");  // does not complete by itself
}

TEST_F(OrderStatesTest, TooLittleAfterTheLastEventIsReview) {
  const int64_t order = Active(Instalments());
  EXPECT_EQ(UpdatePayment(order, 0, R"("amount": "29.99")").status, 200);
  Advance("100d");
  EXPECT_EQ(Payments(order), "complete,complete,complete");
  EXPECT_EQ(Status(order), "review");
}

TEST_F(OrderStatesTest, CancelCompletesLiveOrders) {
  const int64_t paused = Active(Subscription());
  ChangeOk(paused, "pause");
  const int64_t review = Active(Instalments());
  DoOk(review, "approve", R"({"amount": "95.00"})");
  for (const int64_t order : {Active(Metered()), Failed(Instalments()), Suspended(Subscription()),
                              paused, review, PreAuthorised()}) {
    ChangeOk(order, "cancel");
    EXPECT_EQ(Status(order), "complete");
  }
  EXPECT_EQ(Payments(paused), "cancelled");
  EXPECT_EQ(Payments(review), "review,cancelled,cancelled");
}

TEST_F(OrderStatesTest, MarkedCompleteByHand) {
  const int64_t order = Failed(Instalments());
  DoOk(order, "complete");
  EXPECT_EQ(Status(order), "complete");
  EXPECT_EQ(Payments(order), "cancelled,cancelled,cancelled");
  EXPECT_EQ(Do(Single(), "complete").status, 400);
}

TEST_F(OrderStatesTest, FinalOrdersRefuseEverything) {
  const int64_t complete = Single();
  DoOk(complete, "approve");
  const int64_t cancelled = Subscription();
  ChangeOk(cancelled, "cancel");
  for (const int64_t order : {complete, cancelled}) {
    for (const char* what : {"cancel", "pause", "resume"}) {
      EXPECT_EQ(Change(order, what).status, 422);
    }
    for (const char* action :
         {"approve", "decline", "update-card", "send-link", "complete", "capture", "reverse"}) {
      EXPECT_EQ(Do(order, action).status, 400) << action;
    }
  }
}

TEST_F(OrderStatesTest, SubscriptionsAndMeteredOrdersNeverCompleteByThemselves) {
  const int64_t subscription = Active(Subscription());
  const int64_t metered = Active(Metered());
  Advance("1000d");
  EXPECT_EQ(Status(subscription), "active");
  EXPECT_EQ(Status(metered), "active");
}

TEST_F(OrderStatesTest, RefundsRemainPossible) {
  const int64_t order = Single();
  EXPECT_EQ(Do(order, "refund").status, 400);
  DoOk(order, "approve");
  DoOk(order, "refund", R"({"amount": "5.00"})");
  EXPECT_EQ(Do(order, "refund", R"({"amount": "15.01"})").status, 400);
  DoOk(order, "refund");
  EXPECT_EQ(Transactions(order), "DB 20.00 approved,RF 5.00 approved,RF 15.00 approved");
  EXPECT_EQ(Do(order, "chargeback").status, 400);
  EXPECT_EQ(Status(order), "complete");
  const int64_t other = Single();
  DoOk(other, "approve");
  DoOk(other, "chargeback");
  EXPECT_EQ(Transactions(other), "DB 20.00 approved,CB 20.00 approved");
}

}  // namespace
}  // namespace billing::sandbox::billpro
