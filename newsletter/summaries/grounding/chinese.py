"""Which characters only one of the two Chinese scripts uses. Data only.

Characters that the other script has as well, with another meaning (里, 斗, 台, 后), are left out.
"""

_PAIRS_TEXT = """
这這 个個 们們 说說 话話 时時 实實 现現 进進 过過 还還 对對 于於 学學 习習 发發 动動 关關
开開 门門 问問 间間 车車 东東 书書 长長 马馬 鸟鳥 鱼魚 龙龍 见見 贝貝 页頁 风風 飞飛 云雲
气氣 电電 脑腦 网網 络絡 线線 红紅 给給 组組 织織 经經 结結 构構 级級 约約 纪紀 纯純 练練
终終 绍紹 统統 继繼 续續 维維 绿綠 编編 缩縮 总總 应應 该該 产產 业業 专專 严嚴 临臨 为為
举舉 义義 乐樂 乡鄉 买買 乱亂 亏虧 亚亞 亩畝 亲親 众眾 优優 会會 伟偉 传傳 伤傷 伦倫 体體
价價 侧側 侦偵 俭儉 债債 倾傾 儿兒 党黨 兰蘭 兴興 养養 兽獸 内內 冈岡 写寫 军軍 农農 冲衝
决決 况況 冻凍 净淨 凉涼 减減 凑湊 凤鳳 凭憑 凯凱 击擊 凿鑿 刘劉 则則 刚剛 创創 删刪 别別
剂劑 剑劍 剧劇 劝勸 办辦 务務 劳勞 势勢 区區 医醫 华華 协協 单單 卖賣 卢盧 卫衛 却卻 厂廠
厅廳 历歷 压壓 厌厭 厕廁 县縣 双雙 变變 叙敘 叶葉 号號 叹嘆 听聽 启啟 吴吳 员員 响響 图圖
圆圓 圣聖 场場 坏壞 块塊 坚堅 坛壇 坝壩 坞塢 坟墳 声聲 处處 备備 复復 头頭 夺奪 奋奮 奖獎
妇婦 妈媽 妆妝 娱娛 孙孫 宁寧 宝寶 宠寵 审審 宫宮 宽寬 宾賓 寻尋 导導 寿壽 将將 尔爾 尘塵
尝嘗 层層 属屬 岁歲 岂豈 岗崗 岛島 币幣 师師 帐帳 帜幟 带帶 帮幫 库庫 庄莊 庆慶 庐廬 废廢
广廣 异異 弃棄 张張 弥彌 弯彎 弹彈 强強 归歸 当當 录錄 彻徹 忆憶 忧憂 怀懷 态態 怜憐 恋戀
恶惡 恼惱 悬懸 惊驚 惧懼 惨慘 惩懲 惯慣 愤憤 愿願 懒懶 戏戲 战戰 户戶 扑撲 执執 扩擴 扫掃
扬揚 扰擾 抚撫 抛拋 抢搶 护護 报報 担擔 拟擬 拢攏 拣揀 拥擁 择擇 挂掛 挚摯 挡擋 挤擠 挥揮
损損 换換 据據 掷擲 携攜 摄攝 摆擺 摇搖 摊攤 撑撐 敌敵 数數 断斷 无無 旧舊 旷曠 显顯 晓曉
晕暈 暂暫 术術 机機 杀殺 杂雜 权權 条條 来來 极極 枪槍 标標 样樣 树樹 桥橋 楼樓 档檔 桩樁
测測 梦夢 汇匯 汉漢 汤湯 沟溝 没沒 沪滬 泪淚 泻瀉 泼潑 泽澤 洁潔 浅淺 浆漿 济濟 浏瀏 浓濃
涂塗 涛濤 润潤 涨漲 渐漸 渔漁 湾灣 湿濕 溃潰 滚滾 满滿 滤濾 滥濫 滨濱 滩灘 灭滅 灯燈 灵靈
灾災 炉爐 点點 炼煉 烁爍 烂爛 热熱 爱愛 爷爺 牵牽 犹猶 独獨 狭狹 狮獅 猎獵 献獻 环環 画畫
畅暢 疗療 盐鹽 监監 盖蓋 盘盤 矿礦 码碼 确確 种種 积積 称稱 稳穩 穷窮 笔筆 筑築 签簽 简簡
类類 粮糧 紧緊 纠糾 纤纖 纲綱 纳納 纵縱 纸紙 细細 绝絕 绩績 绪緒 绘繪 缓緩 缘緣 罗羅 罚罰
职職 联聯 聪聰 肃肅 肠腸 肤膚 肾腎 肿腫 胀脹 胁脅 胜勝 胶膠 脉脈 脏臟 脱脫 脸臉 腊臘 腾騰
舰艦 舱艙 艰艱 艳豔 节節 芦蘆 苏蘇 苹蘋 范範 荐薦 荡蕩 荣榮 药藥 莱萊 莲蓮 获獲 营營 萧蕭
萨薩 蓝藍 虏虜 虑慮 虽雖 虾蝦 蚀蝕 蚁蟻 蛮蠻 补補 衬襯 袄襖 装裝 裤褲 观觀 规規 觅覓 视視
览覽 觉覺 触觸 誉譽 计計 订訂 认認 讨討 让讓 训訓 议議 讯訊 记記 讲講 许許 论論 设設 访訪
证證 评評 识識 诉訴 词詞 译譯 试試 诗詩 诚誠 误誤 请請 诸諸 读讀 课課 谁誰 调調 谈談 谊誼
谋謀 谐諧 谓謂 谢謝 谣謠 谨謹 负負 贡貢 财財 责責 败敗 货貨 质質 贪貪 贫貧 购購 贯貫 贵貴
贷貸 贸貿 费費 贺賀 贼賊 资資 赋賦 赌賭 赏賞 赔賠 赖賴 赚賺 赛賽 赞贊 赢贏 赵趙 趋趨 跃躍
践踐 转轉 轮輪 软軟 轴軸 轻輕 载載 较較 辅輔 辆輛 辈輩 输輸 辑輯 边邊 达達 迁遷 迈邁 运運
远遠 违違 连連 迟遲 适適 选選 递遞 逻邏 遗遺 邓鄧 邮郵 郑鄭 酱醬 释釋 针針 钉釘 钓釣 钟鐘
钢鋼 钱錢 钻鑽 铁鐵 铃鈴 铅鉛 铜銅 银銀 铺鋪 链鏈 销銷 锁鎖 错錯 锋鋒 锐銳 锦錦 键鍵 锻鍛
镜鏡 镇鎮 闪閃 闭閉 闯闖 闲閒 闷悶 闹鬧 闻聞 阅閱 阔闊 队隊 阳陽 阴陰 阵陣 阶階 际際 陆陸
陈陳 险險 随隨 隐隱 难難 雾霧 静靜 顶頂 项項 顺順 须須 顾顧 顿頓 预預 领領 频頻 题題 额額
颜顏 飘飄 饥飢 饭飯 饮飲 饰飾 饱飽 饼餅 馆館 驱驅 驶駛 驾駕 骂罵 骄驕 验驗 骑騎 骗騙 骤驟
鲁魯 鲜鮮 鸡雞 鸣鳴 鸭鴨 鸿鴻 鹅鵝 鹰鷹 黄黃 齐齊 齿齒 龄齡 检檢
"""
_PAIRS = _PAIRS_TEXT.split()

ONLY_SIMPLIFIED = frozenset(pair[0] for pair in _PAIRS) - frozenset(pair[1] for pair in _PAIRS)
ONLY_TRADITIONAL = frozenset(pair[1] for pair in _PAIRS) - frozenset(pair[0] for pair in _PAIRS)

# Traditional characters that Japanese simplified in another way.
_REDUCED_BY_JAPANESE = frozenset(
    "圖擴學國會對與發變數實點氣體轉傳總關單嚴獨廣應戰帶當歸黨壓圍醫區號參雙聲處屬專將獻狀畫當盡實寫寶從應戲戀擇據擔擊舉攝"
    "斷棄樓樂樞檢權歡殘沒淨淺溫滿澤濟濕燈營爐獎獵產疊癡盜眞礦禮禪穩竊粹經續纖繪繼總聰聽肅膽腦臟舊藏藝藥蟲覺觀觸譯讀讓豐賣"
    "贊辭邊鄉釋鐵錄鎭關陷隱雜靈靜顏顯餘驅驗驛髮鬪鷄鹽麥齊齒齡龍龜"
)
# Words that Chinese cannot do without and Japanese does not write.
_CHINESE_WORDS = frozenset("们們这這吗嗎呢吧您你她它啊哪谁誰怎麼")


def _is_in_jis(letter: str) -> bool:
    """Whether JIS X 0208 has a character: it has 学 and 医, which Japanese shares with simplified Chinese."""
    try:
        letter.encode("shift_jis")
    except UnicodeEncodeError:
        return False
    return True


NOT_JAPANESE = (
    frozenset(letter for letter in ONLY_SIMPLIFIED if not _is_in_jis(letter))
    | (ONLY_TRADITIONAL & _REDUCED_BY_JAPANESE)
    | _CHINESE_WORDS
)
