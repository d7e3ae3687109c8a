// What people write; invented, like everybody here.

/** 亳州, an account. */
export const QIAOCHENG = {
  name: '谯城发布',
  domain_or_id: 'qcfb-2022',
  host_unit: '谯城区委宣传部',
  address: '谯城区芍花路1号',
  postcode: '236800',
  contact: '张三',
  telephone: '0558-5550001',
  mobile: '13800138000',
  email: 'qcfb@example.cn',
  followers: '386000',
  summary: '坚持正确导向，讲好谯城故事。'.repeat(20),
}

/** 山西, what both kinds of entrants have in common. */
export const SHANXI = {
  operator: '黄河岸边工作室',
  posts: '1200',
  profile: '记录山西的人和事。'.repeat(10),
  contact: '李四',
  phone: '13900139000',
  original_share: '75.5',
}
