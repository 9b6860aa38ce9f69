; What a failed check logs, for programs that report their errors in one place.

@rt_report_head = private unnamed_addr constant [34 x i8] c"AnchorError occurred. Error Code: ", align 8
@rt_report_number = private unnamed_addr constant [16 x i8] c". Error Number: ", align 8
@rt_report_message = private unnamed_addr constant [17 x i8] c". Error Message: ", align 8

; Logs the error of that number, the %index-th of the program, as `lower/reports.py` lays them out: at %errors for each u16 size and so
; many bytes, which are name, 0, message. A byte from 123 on or below 32 stands for two others, which are at %pairs in this order; if the
; first of them is 0, for the second as it is. Returns 0.
; The line is put together at the start of the heap, whatever that holds: after an error nobody reads it. Bytes that are still to be read
; wait behind it, at most 164. About 18 CU a character, and 5 for each error before it.
define internal i64 @rt_report(i64 %error, i64 %index, i64 %pairs, i64 %errors) #0 noinline {
entry:
  %head_words = ptrtoint ptr @rt_report_head to i64
  %head = call i64 @sol_memcpy_(i64 12884903168, i64 %head_words, i64 34)
  br label %search
search:
  %left = phi i64 [ %index, %entry ], [ %fewer, %pass ]
  %at = phi i64 [ %errors, %entry ], [ %following, %pass ]
  %from = inttoptr i64 %at to ptr
  %half = load i16, ptr %from, align 1
  %size = zext i16 %half to i64
  %text = add i64 %at, 2
  %following = add i64 %text, %size
  %found = icmp eq i64 %left, 0
  br i1 %found, label %next, label %pass
pass:
  %fewer = add i64 %left, -1
  br label %search
next:
  %input = phi i64 [ %text, %search ], [ %input_same, %put ], [ %input_same, %middle ]
  %output = phi i64 [ 12884903202, %search ], [ %output_more, %put ], [ %output_words, %middle ]
  %waiting = phi i64 [ 12884920000, %search ], [ %waiting_now, %put ], [ %waiting_now, %middle ]
  %none = icmp eq i64 %waiting, 12884920000
  br i1 %none, label %read, label %take
read:
  %end = icmp eq i64 %input, %following
  br i1 %end, label %log, label %fresh
fresh:
  %input_at = inttoptr i64 %input to ptr
  %fresh_byte = load i8, ptr %input_at, align 1
  %input_next = add i64 %input, 1
  br label %expand
take:
  %waiting_less = add i64 %waiting, -1
  %waiting_at = inttoptr i64 %waiting_less to ptr
  %taken_byte = load i8, ptr %waiting_at, align 1
  br label %expand
expand:
  %input_same = phi i64 [ %input_next, %fresh ], [ %input, %take ], [ %input_same, %both ]
  %waiting_now = phi i64 [ 12884920000, %fresh ], [ %waiting_less, %take ], [ %waiting_more, %both ]
  %byte = phi i8 [ %fresh_byte, %fresh ], [ %taken_byte, %take ], [ %first, %both ]
  %code = zext i8 %byte to i64
  %border = icmp eq i64 %code, 0
  br i1 %border, label %middle, label %other
other:
  %turned = add i64 %code, 133
  %number = and i64 %turned, 255
  %plain = icmp ugt i64 %number, 164
  br i1 %plain, label %put, label %pair
pair:
  %twice = shl i64 %number, 1
  %pair_at = add i64 %pairs, %twice
  %first_at = inttoptr i64 %pair_at to ptr
  %first = load i8, ptr %first_at, align 1
  %second_at = getelementptr i8, ptr %first_at, i64 1
  %second = load i8, ptr %second_at, align 1
  %raw = icmp eq i8 %first, 0
  br i1 %raw, label %put, label %both
both:
  %room = inttoptr i64 %waiting_now to ptr
  store i8 %second, ptr %room, align 1
  %waiting_more = add i64 %waiting_now, 1
  br label %expand
put:
  %written = phi i8 [ %byte, %other ], [ %second, %pair ]
  %output_at = inttoptr i64 %output to ptr
  store i8 %written, ptr %output_at, align 1
  %output_more = add i64 %output, 1
  br label %next
middle:
  %number_words = ptrtoint ptr @rt_report_number to i64
  %message_words = ptrtoint ptr @rt_report_message to i64
  %put_number = call i64 @sol_memcpy_(i64 %output, i64 %number_words, i64 16)
  %digits = add i64 %output, 16
  %after_digits = call i64 @rt_put_unsigned(i64 %digits, i64 %error)
  %put_words = call i64 @sol_memcpy_(i64 %after_digits, i64 %message_words, i64 17)
  %output_words = add i64 %after_digits, 17
  br label %next
log:
  %last = inttoptr i64 %output to ptr
  store i8 46, ptr %last, align 1
  %length = add i64 %output, -12884903167
  %logged = call i64 @sol_log_(i64 12884903168, i64 %length)
  ret i64 0
}
